import type { Db } from 'mongodb';
import { CodedError } from '../../kernel/errors.ts';
import { collectionsOf, createIndexes } from './collections.ts';
import { isDuplicate } from './failure.ts';

/** Changes with the shape of the documents. A higher one is refused. */
const SCHEMA_VERSION = 1;
const PROGRAM = 'mcp-multiplayer';

interface SchemaDocument {
  readonly _id: string;
  readonly program: string;
  readonly version: number;
}

/**
 * Checks that the database is ours and not newer, and makes it ours where it is empty. Several servers
 * may do so at once.
 *
 * @throws {CodedError} STORE_UNAVAILABLE that says why it is refused; nothing was written then
 */
export async function prepareDatabase(db: Db): Promise<void> {
  const meta = db.collection<SchemaDocument>('meta');
  const found = await meta.findOne({ _id: 'schema' });
  if (found) checkSchema(db.databaseName, found);
  else await claimDatabase(db);
  await createIndexes(db);
}

async function claimDatabase(db: Db): Promise<void> {
  const present = await db.listCollections({}, { nameOnly: true }).toArray();
  const ours = new Set(Object.keys(collectionsOf(db)));
  for (const { name } of present) {
    if (ours.has(name) && (await db.collection(name).findOne({}, { projection: { _id: 1 } })) !== null)
      throw refused(db.databaseName, `its collection ${name} is of another program`);
  }
  const meta = db.collection<SchemaDocument>('meta');
  try {
    await meta.insertOne({ _id: 'schema', program: PROGRAM, version: SCHEMA_VERSION });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const found = await meta.findOne({ _id: 'schema' });
    if (found) checkSchema(db.databaseName, found);
  }
}

function checkSchema(database: string, { program, version }: SchemaDocument): void {
  if (program !== PROGRAM) throw refused(database, 'it is the database of another program');
  if (version > SCHEMA_VERSION) {
    throw refused(
      database,
      `its schema is version ${version}, and this program knows version ${SCHEMA_VERSION}`,
    );
  }
}

/** Why a database is not used: said to the operator, nothing was written to it. */
function refused(database: string, why: string): CodedError {
  return new CodedError('STORE_UNAVAILABLE', { message: `The database ${database} was not opened: ${why}.` });
}
