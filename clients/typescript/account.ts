import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { AccountPages } from './account/browser.ts';
import { renderProblem } from './cli/render.ts';
import { readBaseUrl } from './cli/settings.ts';
import { isRecord, Problem } from './client/problem.ts';

const USAGE = `Usage: npm run account -- <command>

What acts for you at a server where people sign in with a name and a password.

  list              your connected clients, and those that you made
  disconnect <id>   end one of them

Environment
  MCP_BASE_URL      address of the server (default http://127.0.0.1:8100)
  MCP_ACCOUNT       your name; asked for where it is missing
  MCP_PASSWORD      your password; asked for where it is missing`;

/** Asks in the terminal; what is typed is shown unless it is a secret. */
async function askFor(what: string, secret: boolean): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Problem('LOCAL', `${what} is missing.`, 'Set MCP_ACCOUNT and MCP_PASSWORD, or use a terminal.');
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  using terminal = createInterface({
    input: process.stdin,
    output: secret ? quiet : process.stderr,
    terminal: true,
  });
  if (secret) process.stderr.write(`${what}: `);
  return await terminal.question(`${what}: `);
}

async function signedIn(): Promise<AccountPages> {
  const pages = new AccountPages(readBaseUrl(process.env));
  const name = process.env['MCP_ACCOUNT'] || (await askFor('Name', false));
  const password = process.env['MCP_PASSWORD'] || (await askFor('Password', true));
  await pages.signIn(name, password);
  return pages;
}

function listed(view: Record<string, unknown>): string {
  const rows = (field: string, columns: readonly string[]) => {
    const list = view[field];
    return (Array.isArray(list) ? list.filter(isRecord) : []).map((row) =>
      columns.map((column) => String(row[column])).join('  '),
    );
  };
  const lines = [
    ...rows('connections', ['id', 'client_name', 'destination']),
    ...rows('clients', ['id', 'name']).map((line) => `${line}  (made by you)`),
  ];
  return lines.length === 0 ? 'Nothing is connected.' : lines.join('\n');
}

async function disconnect(pages: AccountPages, id: string): Promise<string> {
  const path = id.startsWith('grant_') ? '/account/disconnect' : '/account/clients/remove';
  const { said } = await pages.send(path, { id });
  return String(said);
}

async function main([command, id, ...more]: readonly string[]): Promise<number> {
  const isList = command === 'list' && id === undefined;
  const isDisconnect = command === 'disconnect' && id !== undefined && more.length === 0;
  if (!isList && !isDisconnect) {
    console.log(USAGE);
    return command === '--help' ? 0 : 2;
  }
  const pages = await signedIn();
  const view = await pages.read();
  console.log(isDisconnect ? await disconnect(pages, id) : listed(view));
  await pages.send('/signout', {});
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(renderProblem(error));
  process.exitCode = 1;
}
