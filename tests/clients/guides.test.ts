import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../control-plane/src/config/settings.ts';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { ERRORS } from '../../control-plane/src/kernel/errors.ts';
import { ROOT } from '../project/temp.ts';
import { VARIABLES } from '../../clients/typescript/cli/settings.ts';

const FOLDER = path.join(ROOT, 'docs/clients');
const PAGES = readdirSync(FOLDER);
/** One for each client of other people's; the others are about our own. */
const GUIDES = PAGES.filter((page) => !['command-line.md', 'trouble.md'].includes(page));
const read = (page: string) => readFileSync(path.join(FOLDER, page), 'utf8');
const SECTIONS = ['Connect', 'With accounts', 'When it fails', 'What was run'];

/** The code blocks of a language, without the indentation of a list. */
function blocks(page: string, language: string): string[] {
  const found = read(page).matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm'));
  return [...found].map(([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

/** The text below a heading of the second level, up to the next one. */
function section(page: string, heading: string): string {
  const text = read(page)
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  return text?.slice(heading.length).trim() ?? '';
}

/** The rows of every table, each as its cells. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** As GitHub names a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

it('blocks and tables are found at all', () => {
  expect(PAGES.flatMap((page) => blocks(page, 'json')).length).toBeGreaterThan(6);
  expect(PAGES.flatMap((page) => blocks(page, 'sh')).length).toBeGreaterThan(8);
  expect(GUIDES.flatMap((page) => rows(section(page, 'When it fails'))).length).toBeGreaterThan(40);
});

it('there is a guide for each client that the README lists', () => {
  expect(GUIDES.sort()).toEqual([
    'chatgpt.md',
    'claude-ai.md',
    'claude-code.md',
    'claude-desktop.md',
    'cursor.md',
    'sdk.md',
    'vscode.md',
  ]);
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  expect(PAGES.filter((page) => !readme.includes(`(docs/clients/${page})`))).toEqual([]);
});

describe.each(GUIDES)('the guide %s', (page) => {
  it('says how to connect, with accounts too, what to do when it fails, and what was run', () => {
    for (const heading of SECTIONS) expect(section(page, heading).length, heading).toBeGreaterThan(100);
    expect(section(page, 'With accounts')).toMatch(/AUTH_MODE=accounts|Connecting opens a page/);
    expect(section(page, 'With accounts')).toContain('access code');
    expect(section(page, 'With accounts')).toMatch(/allow it/);
  });

  it('has for each failure what is seen, why, and what to do', () => {
    const [head, ...failures] = rows(section(page, 'When it fails'));
    expect(head).toEqual(['What you see', 'Why', 'What to do']);
    expect(failures.length).toBeGreaterThan(4);
    expect(failures.filter((cells) => cells.length !== 3 || cells.includes(''))).toEqual([]);
    expect(section(page, 'When it fails')).toContain('(trouble.md)');
  });

  it('says of the client itself whether it was run, and names tests that exist', () => {
    const run = section(page, 'What was run');
    expect(run).toMatch(/^- (Not run|Run|`@modelcontextprotocol\/sdk`)/m);
    const replayed = run.includes('Replayed:');
    expect(replayed).toBe(!['sdk.md', 'claude-desktop.md'].includes(page));
    expect(replayed).toBe(run.includes('`tests/identity/clients-replay.test.ts`'));
  });
});

describe.each(PAGES)('of %s', (page) => {
  const text = read(page);

  it('every block of JSON parses, and leads to /mcp', () => {
    const servers = blocks(page, 'json').flatMap((block) => {
      const file = JSON.parse(block);
      return Object.values<Record<string, unknown>>(file.mcpServers ?? file.servers);
    });
    for (const { url, command, args } of servers) {
      const given = command === undefined ? url : (args as readonly string[]).at(-1);
      expect(new URL(String(given)).pathname).toBe('/mcp');
    }
  });

  it('every command parses, runs a program that is told of, and gives clients an address with /mcp', () => {
    for (const block of blocks(page, 'sh')) {
      const bash = block.replaceAll(/<[a-z_]+>|…/g, 'x');
      execFileSync('bash', ['-n'], { input: bash });
      for (const line of bash.trim().split('\n')) {
        const [program = ''] = line.replace(/^(?:[A-Z_]+=\S+ )+/, '').split(' ');
        expect(['claude', 'code', 'curl', 'npm']).toContain(program);
        const name = /^npm (?:run )?([\w-]+)/.exec(line)?.[1];
        const scripts = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).scripts;
        expect(name === undefined || name in scripts, line).toBe(true);
        const [given] = /https?:\/\/\S+?(?=["'\s]|$)/.exec(program === 'claude' ? line : '') ?? [];
        expect(given === undefined || new URL(given).pathname === '/mcp', line).toBe(true);
      }
    }
    for (const [, given = ''] of text.matchAll(/code --add-mcp '([^']+)'/g))
      expect(new URL(JSON.parse(given).url).pathname).toBe('/mcp');
  });

  it('every link leads to a page that exists, and to a heading of it', () => {
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (link.startsWith('https:')) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path.join(FOLDER, page) : path.join(FOLDER, file);
      expect(existsSync(target), link).toBe(true);
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, name = '']) => name);
      expect(anchor === undefined || headings.map(anchorOf).includes(anchor), link).toBe(true);
    }
  });

  it('every file of ours that it names exists', () => {
    const named = [...text.matchAll(/`((?:tests|clients|control-plane|deploy)\/[\w./-]+)`/g)];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(path.join(ROOT, file)))).toEqual(
      [],
    );
  });

  it('every setting, error and tool that it names exists', () => {
    const ofClients = ['MCP_TOOL_TIMEOUT', 'MULTIPLAYER_TOKEN', 'NODE_EXTRA_CA_CERTS'];
    // The command line's own codes, as its page says.
    const own = ['UNREACHABLE', 'BAD_ANSWER', 'LOCAL'];
    const known = new Set([
      ...SETTINGS.map(({ env }) => env),
      ...VARIABLES.map(([name]) => name),
      ...Object.keys(ERRORS),
      ...ofClients,
      ...own,
    ]);
    const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const tools = [...TOOLS.keys()];
    const called = [...text.matchAll(/`((?:create|join|post|dm|update|attach|sync|list|send|read)_\w+)`/g)];
    expect(called.map(([, name = '']) => name).filter((name) => !tools.includes(name))).toEqual([]);
  });
});
