import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ROOT } from './paths.mjs';

/** A terminal's Ctrl-C reaches npm and us, and npm passes it on: the child hears of it once. */
const REPEAT_MS = 1000;

/**
 * Runs a program in the foreground: its output is ours, signals are passed on.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} its exit code, or 128 + the signal that ended it, as shells have it
 */
export function foreground(program, args, { env = process.env, cwd = ROOT } = {}) {
  // A group of its own keeps the terminal's signals for us alone to pass on.
  const child = spawn(program, args, { cwd, env, stdio: 'inherit', detached: true });
  /** @type {Map<string, number>} */
  const last = new Map();
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    const now = performance.now();
    if (now - (last.get(signal) ?? -Infinity) > REPEAT_MS) child.kill(signal);
    last.set(signal, now);
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
