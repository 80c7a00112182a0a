/**
 * `node deploy/compose/make-secrets.mjs [folder]`: writes the secrets that docker-compose.yml mounts, by default into
 * ./secrets. What is there already stays as it is, so that it can be run again after an upgrade.
 *
 * The folder is its owner's alone (0700). The files in it can be read by everyone: containers get them mounted with
 * the modes and owners that they have here, and each service has a user of its own.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../../secrets'));
mkdirSync(folder, { recursive: true, mode: 0o700 });
chmodSync(folder, 0o700);

/** @type {string[]} */
const made = [];

/**
 * @param {string} name
 * @param {() => string} make
 * @returns {string} what the file holds
 */
function secret(name, make) {
  const file = path.join(folder, name);
  if (!existsSync(file)) {
    writeFileSync(file, `${make()}\n`, { mode: 0o444, flag: 'wx' });
    chmodSync(file, 0o444);
    made.push(name);
  }
  return readFileSync(file, 'utf8').trim();
}

const password = () => randomBytes(24).toString('hex');

secret('server_key', () => randomBytes(32).toString('hex'));
secret('mongo_keyfile', () => randomBytes(567).toString('base64'));
secret('mongo_root_password', password);
const mongo = secret('mongo_password', password);
const options = 'replicaSet=rs0&authSource=multiplayer';
secret('mongodb_url', () => `mongodb://multiplayer:${mongo}@mongo:27017/multiplayer?${options}`);
const redis = secret('redis_password', password);
secret('valkey_conf', () => `requirepass ${redis}`);
secret('redis_url', () => `redis://:${redis}@valkey:6379`);
secret('grafana_password', password);
// Empty: a provider of sign-ins hands its secret over, where there is one.
secret('oidc_client_secret', () => '');
// Empty: Caddy keeps /metrics from the public, and Prometheus is on a network of its own.
secret('metrics_token', () => '');

console.log(`${folder}: ${made.length === 0 ? 'everything was there' : `made ${made.join(', ')}`}.`);
