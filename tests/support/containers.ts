import Docker from 'dockerode';

/** Names of the containers that a server made, running or not, by its INSTANCE_ID. */
export async function containersOf(instance: string): Promise<string[]> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const docker = new Docker({ socketPath: host.replace(/^unix:\/\//, '') });
  const label = [`mcp-multiplayer.instance=${instance}`];
  const found = await docker.listContainers({ all: true, filters: { label } });
  return found.flatMap(({ Names }) => Names);
}
