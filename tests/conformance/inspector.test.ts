import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { startTestServer } from '../support/server.ts';

const NAME = '@modelcontextprotocol/inspector';
const INSPECTOR = join(
  dirname(createRequire(import.meta.url).resolve(`${NAME}/package.json`)),
  'clients/launcher/build/index.js',
);

/** Runs the Inspector's command line and answers its result; it fails where the exit code is not 0. */
async function inspect(url: string, token: string, era: string, args: readonly string[]) {
  const to = ['--cli', `${url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [INSPECTOR, ...to, '--protocol-era', era, '--format', 'json', ...args],
    { timeout: 30_000 },
  );
  return JSON.parse(stdout).result;
}

describe("the Inspector's command line", () => {
  it.each(['legacy', 'auto', 'modern'])('lists and calls the tools in the era "%s"', async (era) => {
    await using server = await startTestServer();
    const token = await authorize(server.url, 'Inspector');

    const { tools } = await inspect(server.url, token, era, ['--method', 'tools/list', '--strict']);
    expect(tools.map(({ name }: { name: string }) => name)).toEqual([...TOOLS.keys()]);

    const slots = ['invite:a', 'invite:b'];
    const made = await call('create_channel', { name: 'Inspected', slots });
    expect(made.structuredContent).toMatchObject({
      invites: slots.map(() => expect.stringMatching(/^inv_/)),
    });
    const listed = await call('list_channels', {});
    expect(listed.structuredContent.channels).toMatchObject([{ name: 'Inspected' }]);
    expect(JSON.parse(listed.content[0].text)).toEqual(listed.structuredContent);

    function call(tool: string, args: object) {
      const given = ['--tool-name', tool, '--tool-args-json', JSON.stringify(args)];
      return inspect(server.url, token, era, ['--method', 'tools/call', ...given]);
    }
  });

  it('is turned away without a good token', async () => {
    await using server = await startTestServer();
    const refused = inspect(server.url, 'mcp_at_wrong', 'legacy', ['--method', 'tools/list']);
    await expect(refused).rejects.toThrow(/auth_required/i);
  });
});
