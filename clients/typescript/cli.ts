#!/usr/bin/env node
import { Account } from './cli/account.ts';
import { type Command, UsageError } from './cli/command.ts';
import { attach, update } from './cli/commands/admin.ts';
import { code } from './cli/commands/code.ts';
import { create } from './cli/commands/create.ts';
import { join } from './cli/commands/join.ts';
import { list, who } from './cli/commands/look.ts';
import { dm, post } from './cli/commands/post.ts';
import { sync } from './cli/commands/sync.ts';
import { helpOf, overview } from './cli/help.ts';
import { readInput } from './cli/input.ts';
import { renderProblem } from './cli/render.ts';
import { readSettings } from './cli/settings.ts';
import { Problem } from './client/problem.ts';

const COMMANDS: readonly Command[] = [create, join, post, dm, sync, who, code, list, update, attach];

/** Runs one command and answers the exit code: 0 done, 1 refused, 2 wrong command line. */
async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(overview(COMMANDS));
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) return usage(`There is no command ${JSON.stringify(name)}.`, '--help');
  try {
    return await run(command, argv);
  } catch (error) {
    if (error instanceof UsageError) return usage(error.message, `${name} --help`);
    if (!(error instanceof Problem)) throw error;
    const { code, message, next, details } = error;
    const json = argv.includes('--json');
    console.error(
      json ? JSON.stringify({ error: { code, message, next, ...details } }) : renderProblem(error),
    );
    return 1;
  }
}

async function run(command: Command, argv: readonly string[]): Promise<number> {
  const input = readInput(command, argv);
  if (input.flag('help')) {
    console.log(helpOf(command));
    return 0;
  }
  await using account = new Account(readSettings(process.env, (line) => console.error(line)));
  let failed = false;
  for await (const outcome of command.run(account, input)) {
    console.log(input.flag('json') ? JSON.stringify(outcome.answer) : outcome.text);
    failed ||= outcome.failed === true;
  }
  return failed ? 1 : 0;
}

function usage(message: string, help: string): number {
  console.error(`${message}\n  Next: see "npm run client -- ${help}".`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
