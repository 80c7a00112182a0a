import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError, say } from './step.mjs';

/**
 * Runs `work` while no other process on this machine holds the lock file. A lock whose process
 * is gone is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ waitMs?: number, pollMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { waitMs = 900_000, pollMs = 200 } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${process.pid} ${startedAt(process.pid)}`;
  const deadline = Date.now() + waitMs;
  let told = false;
  while (!acquire(file, mine)) {
    if (Date.now() > deadline)
      throw new SetupError(`Another set-up holds ${file}.`, 'Wait for it, or end it.');
    if (!told) say('set-up: waiting for another set-up to finish');
    told = true;
    await sleep(pollMs);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file @param {string} mine */
function acquire(file, mine) {
  if (linked(file, mine)) return true;
  const owner = contents(file);
  if (owner === null || isAlive(owner)) return false;
  // Moving is atomic, so that of two who saw a dead owner one gets the file. What was moved may
  // be the lock of a third, who was quicker: that one is put back.
  const moved = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, moved);
  } catch {
    return false;
  }
  try {
    if (contents(moved) !== owner) linkSync(moved, file);
  } catch {
    // A fourth has locked meanwhile.
  } finally {
    rmSync(moved, { force: true });
  }
  return linked(file, mine);
}

/** A hard link appears with its content or not at all. @param {string} file @param {string} content */
function linked(file, content) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} file */
function contents(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** @param {string} owner pid and start time */
function isAlive(owner) {
  const [pid, started] = owner.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return false;
  }
  return startedAt(Number(pid)) === started;
}

/** Tells a process from a later one with the same pid, where /proc says so. @param {number} pid */
function startedAt(pid) {
  const stat = contents(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}
