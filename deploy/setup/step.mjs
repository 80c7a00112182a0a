import { spawn } from 'node:child_process';

/** A set-up step that failed, with what a person can do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message what went wrong, one sentence
   * @param {string} [hint] what to do
   */
  constructor(message, hint = '') {
    super(hint === '' ? message : `${message}\n  ${hint.replaceAll('\n', '\n  ')}`);
    this.name = 'SetupError';
  }
}

/** Set-up speaks on stderr: stdout belongs to the program that it prepares. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a step and prints one line with its time when it is done.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const start = performance.now();
  const result = await work();
  say(`set-up: ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}

/** Keeps the last lines of a program's output for an error. @param {number} [lines] */
export function tail(lines = 25) {
  let text = '';
  return {
    add: (/** @type {string | Buffer} */ chunk) => {
      text = (text + chunk.toString()).slice(-16_384);
    },
    text: () => text.trimEnd().split('\n').slice(-lines).join('\n'),
  };
}

/**
 * Runs a program to its end, quietly.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number, onStdout?: (chunk: Buffer) => void }} [options]
 * @returns {Promise<string>} the end of what it wrote
 * @throws {SetupError} with the tail of its output, when it fails or takes too long
 */
export function run(program, args, { env, cwd, timeoutMs = 600_000, onStdout } = {}) {
  const output = tail();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  child.stdout.on('data', onStdout ?? output.add);
  child.stderr.on('data', output.add);
  return new Promise((resolve, reject) => {
    const command = [program, ...args].join(' ');
    child.on('error', (error) => reject(new SetupError(`${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output.text());
      reject(new SetupError(`${command} failed (${signal ?? `exit code ${code}`}):\n${output.text()}`));
    });
  });
}

/**
 * Runs the program of an entry point; a set-up error is printed without its stack.
 * @param {() => Promise<number>} main answers the exit code
 */
export async function entry(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`set-up failed: ${error.message}`);
    process.exitCode = 1;
  }
}
