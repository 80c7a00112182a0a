import { z } from 'zod';
import { optional, setting, type Table, text } from './fields.ts';

/** Read by the launcher alone: the server never learns where the engine is. */
export const LAUNCHER = {
  dockerHost: setting(
    'DOCKER_HOST',
    'unix:///var/run/docker.sock',
    z.string().regex(/^unix:\/\/\/.+$/, 'must be unix:///<path>'),
    'Socket of the Docker engine that runs the bots.',
  ),
  runnerImage: setting(
    'RUNNER_IMAGE',
    'mcp-multiplayer-runner:latest',
    text,
    'Image of the bot containers; npm start builds it and sets this.',
  ),
  sandboxRuntime: setting(
    'SANDBOX_RUNTIME',
    'runc',
    z.string().regex(/^[a-zA-Z0-9][\w.-]{0,63}$/, 'must be the name of a runtime of the engine'),
    'OCI runtime of the bot containers: runc, or runsc for gVisor (docs/gvisor.md).',
  ),
  instanceId: setting(
    'INSTANCE_ID',
    '',
    optional(z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 lower-case letters, digits or -')),
    'Names this server on a Docker engine that several share. Default: kept in DATA_DIR.',
  ),
  socketGroup: setting(
    'LAUNCHER_SOCKET_GROUP',
    '',
    optional(
      z.string().regex(/^([a-z_][a-z0-9_-]{0,31}|\d{1,9})$/, 'must be the name or the number of a group'),
    ),
    "Group that may connect to LAUNCHER_SOCKET, by name or number, for a server of another user. Default: the launcher's user alone.",
  ),
} satisfies Table;
