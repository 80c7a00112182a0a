import { parseArgs } from 'node:util';
import { type Command, type Input, parseOptions, UsageError } from './command.ts';

/** Reads a command's options and arguments. @throws {UsageError} */
export function readInput(command: Command, argv: readonly string[]): Input {
  const { values, positionals } = parse(command, argv);
  checkArguments(command, positionals, values['help'] === true);
  const text = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    args: positionals,
    text,
    texts: (option) => {
      const value = values[option];
      return Array.isArray(value) ? value.map(String) : [];
    },
    flag: (option) => values[option] === true,
    count: (option) => {
      const value = text(option);
      if (value === undefined) return undefined;
      if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${option} must be a whole number.`);
      return Number(value);
    },
  };
}

function parse(command: Command, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: parseOptions(command), allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkArguments({ args }: Command, given: readonly string[], help: boolean): void {
  const missing = args.slice(given.length).find((name) => !name.startsWith('['));
  if (missing !== undefined && !help) throw new UsageError(`<${missing}> is missing.`);
  if (given.length > args.length) {
    throw new UsageError(`"${given[args.length]}" is one argument too many; quote text that has spaces.`);
  }
}
