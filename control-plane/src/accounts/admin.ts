import { dayOf } from '../kernel/text.ts';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CodedError } from '../kernel/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { AccessCodes } from './access-codes.ts';
import type { Account, Accounts } from './accounts.ts';
import type { AccountCare } from './care.ts';
import { AccountRefusal } from './refusal.ts';

/** What an operator's commands work on. */
export interface AdminParts {
  readonly accounts: Accounts;
  readonly codes: AccessCodes;
  readonly care: AccountCare;
  readonly identity: Pick<Identity, 'connectionsOf' | 'clientsOf' | 'disconnect' | 'removeClient'>;
  readonly agents: AgentEnding;
}

/** What ends agents. */
export interface AgentEnding {
  /** @throws {CodedError} AGENT_NOT_FOUND */
  readonly end: (agentId: string) => Promise<void>;
  /** @returns how many agents the account had */
  readonly endOf: (account: string) => Promise<number>;
}

/** An operator asked for what does not exist; the message is for them. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

interface CommandEntry {
  readonly usage: string;
  /** How many words may follow it: what is not understood is not carried out. */
  readonly most: number;
  readonly run: Command;
}

type Command = (parts: AdminParts, words: readonly string[]) => Promise<string>;

const DAY_MS = 24 * 3_600_000;

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  accounts: {
    usage: 'accounts                                   who has an account',
    most: 0,
    run: listAccounts,
  },
  show: {
    usage: 'show <account>                             what is connected to an account',
    most: 1,
    run: show,
  },
  'access-code': {
    usage: 'access-code [--uses 1] [--days 7] [--note …]  a code with which people make accounts',
    most: 6,
    run: issueCode,
  },
  codes: {
    usage: 'codes                                      access codes that still work',
    most: 0,
    run: listCodes,
  },
  'revoke-code': {
    usage: 'revoke-code <id>                           end an access code',
    most: 1,
    run: revokeCode,
  },
  ban: {
    usage: 'ban <account>                              keep an account out, and end what acts for it',
    most: 1,
    run: ban,
  },
  unban: { usage: 'unban <account>                            let it sign in again', most: 1, run: unban },
  delete: {
    usage: 'delete <account>                           remove it; its words stay in channels',
    most: 1,
    run: remove,
  },
  disconnect: {
    usage: 'disconnect <account> <id>                  end one connection or client',
    most: 2,
    run: disconnect,
  },
  'end-agent': {
    usage: 'end-agent <agent_id>                       end an agent: its name is free again',
    most: 1,
    run: endAgent,
  },
  'new-password': {
    usage: 'new-password <account>                     a new password, for who lost theirs',
    most: 1,
    run: newPassword,
  },
};

/** How the commands are written. */
export const ADMIN_USAGE = `Usage: npm run admin -- <command>

An account is named by its name, or by its id (acc_…).

${Object.values(COMMANDS)
  .map(({ usage }) => `  ${usage}`)
  .join('\n')}`;

/**
 * Runs one command of an operator.
 *
 * @param words the command and what belongs to it
 * @returns what the operator is told
 * @throws {AdminError}
 */
export async function runAdmin(parts: AdminParts, words: readonly string[]): Promise<string> {
  const [name = '', ...rest] = words;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || rest.length > command.most) throw new AdminError(ADMIN_USAGE);
  try {
    return await command.run(parts, rest);
  } catch (error) {
    if (error instanceof AccountRefusal || isUnknownAgent(error)) throw new AdminError(error.message);
    throw error;
  }
}

async function listAccounts({ accounts }: AdminParts): Promise<string> {
  const all = await accounts.list();
  return all.length === 0 ? 'Nobody has an account yet: make an access code.' : all.map(lineOf).join('\n');
}

function lineOf({ id, name, created_at, banned, password }: Account): string {
  const marks = [banned ? 'banned' : '', password === undefined ? 'signs in elsewhere' : ''].filter(Boolean);
  return `${id}  ${plain(name)}  since ${dayOf(created_at)}${marks.length === 0 ? '' : `  (${marks.join(', ')})`}`;
}

async function show(parts: AdminParts, [named]: readonly string[]): Promise<string> {
  const account = await find(parts, named);
  const connections = await parts.identity.connectionsOf(account.id);
  const clients = await parts.identity.clientsOf(account.id);
  return [
    lineOf(account),
    ...connections.map(
      ({ id, agreed }) =>
        `  ${id}  ${plain(agreed?.client_name ?? '')}  ${plain(agreed?.destination ?? '')}  since ${dayOf(agreed?.at)}`,
    ),
    ...clients.map(({ id, client_name }) => `  ${id}  ${plain(client_name ?? '')}  (made by this account)`),
    ...(connections.length + clients.length === 0 ? ['  nothing is connected'] : []),
  ].join('\n');
}

async function issueCode({ codes }: AdminParts, words: readonly string[]): Promise<string> {
  const options = {
    uses: { type: 'string', default: '1' },
    days: { type: 'string', default: '7' },
    note: { type: 'string', default: '' },
  } as const;
  const { uses, days, note } = readOptions(() => parseArgs({ args: [...words], options }).values);
  const code = await codes.issue(number('uses', uses, 10_000), number('days', days, 3_650) * DAY_MS, note);
  return `${code}\nIt is shown this once. Whoever has it makes an account: ${uses} in all, within ${days} days.`;
}

async function listCodes({ codes }: AdminParts): Promise<string> {
  const all = (await codes.list()).filter(({ usesLeft }) => usesLeft > 0);
  const lines = all.map(
    ({ id, usesLeft, expiresAt, note }) =>
      `${id}  ${usesLeft} left, until ${dayOf(expiresAt)}  ${plain(note)}`,
  );
  return lines.length === 0 ? 'There is none.' : lines.join('\n');
}

async function revokeCode({ codes }: AdminParts, [id = '']: readonly string[]): Promise<string> {
  if (await codes.revoke(id)) return 'The code has ended.';
  throw new AdminError('There is no such code: npm run admin -- codes shows their ids.');
}

async function ban(parts: AdminParts, [named]: readonly string[]): Promise<string> {
  const { id, name } = await find(parts, named);
  await parts.care.ban(id);
  return `${plain(name)} is banned. What was signed in or connected has ended.`;
}

async function unban(parts: AdminParts, [named]: readonly string[]): Promise<string> {
  const { id, name } = await find(parts, named);
  await parts.care.unban(id);
  return `${plain(name)} may sign in again, and connects clients anew.`;
}

async function remove(parts: AdminParts, [named]: readonly string[]): Promise<string> {
  const { id, name } = await find(parts, named);
  await parts.care.remove(id);
  await parts.agents.endOf(id);
  return `${plain(name)} is gone. What the account wrote stays in its channels.`;
}

async function endAgent({ agents }: AdminParts, [agentId = '']: readonly string[]): Promise<string> {
  await agents.end(agentId);
  return 'It is ended. What it had not read is told to those who sent it.';
}

function isUnknownAgent(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'AGENT_NOT_FOUND';
}

async function disconnect(parts: AdminParts, [named, id = '']: readonly string[]): Promise<string> {
  const account = await find(parts, named);
  const { identity } = parts;
  if ((await identity.disconnect(account.id, id)) || (await identity.removeClient(account.id, id)))
    return 'It is disconnected.';
  throw new AdminError('There is no such connection: npm run admin -- show <account> lists them.');
}

async function newPassword(parts: AdminParts, [named]: readonly string[]): Promise<string> {
  const { id, name } = await find(parts, named);
  const password = randomBytes(15).toString('base64url');
  await parts.care.setPassword(id, password);
  return `${password}\nIt is shown this once: the new password of ${plain(name)}, to be changed at /account.`;
}

async function find({ accounts }: AdminParts, named: string | undefined): Promise<Account> {
  if (named === undefined) throw new AdminError(ADMIN_USAGE);
  const all = await accounts.list();
  // The id first: anybody may choose the id of an account as their name.
  const byId = all.find(({ id }) => id === named);
  const found = byId ? [byId] : all.filter(({ name }) => name.toLowerCase() === named.toLowerCase());
  const [account, other] = found;
  if (!account) throw new AdminError('There is no such account: npm run admin -- accounts lists them.');
  // People who sign in elsewhere bring their names along.
  if (other)
    throw new AdminError(`Several are called so. Say which by its id:\n${found.map(lineOf).join('\n')}`);
  return account;
}

function readOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new AdminError(error instanceof Error ? error.message : ADMIN_USAGE);
  }
}

function number(name: string, text: string, most: number): number {
  if (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new AdminError(`--${name} is a number from 1 to ${most}.`);
}

/** Names come from strangers, and a terminal acts on what controls it. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
}
