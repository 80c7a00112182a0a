// @ts-nocheck: mongosh runs it, and has globals of its own.
// Run by mongosh now and then: makes the replica set of one where there is none yet, and tells by its exit code
// whether it takes writes.
const { readFileSync } = require('node:fs');

const NOT_YET_INITIALIZED = 94;
const password = readFileSync('/run/secrets/mongo_root_password', 'utf8').trim();
const admin = connect(`mongodb://root:${password}@127.0.0.1:27017/admin?directConnection=true`);
try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.code !== NOT_YET_INITIALIZED) throw error;
  admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] } });
}
quit(admin.adminCommand({ hello: 1 }).isWritablePrimary ? 0 : 1);
