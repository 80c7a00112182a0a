/** Migrates the database named on the command line, and is killed at the n-th statement of its connection. */
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../../control-plane/src/storage/sqlite/database.ts';

const [path = '', killAt = '0'] = process.argv.slice(2);
const exec = DatabaseSync.prototype.exec;
let statements = 0;

/** Each part of a script counts: a migration is one script. */
DatabaseSync.prototype.exec = function (sql: string) {
  for (const part of sql.split(';').filter((text) => text.trim() !== '')) {
    if (/BEGIN|INDEX|user_version|COMMIT|checkpoint/.test(part) && statements++ === Number(killAt))
      process.kill(process.pid, 'SIGKILL');
    exec.call(this, part);
  }
};
openDatabase({ path, lockWaitMs: 50 });
process.kill(process.pid, 'SIGKILL');
