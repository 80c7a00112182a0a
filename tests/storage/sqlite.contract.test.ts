import { freshSqlite } from '../support/sqlite-store.ts';
import { describeStoreContract } from './contract.ts';

describeStoreContract('SQLite', freshSqlite);
