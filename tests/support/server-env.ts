import { randomHex } from '../../control-plane/src/kernel/hash.ts';

/** Settings that take the limits of accounts and addresses away: tests and benchmarks are one busy account. */
export const NO_LIMITS = {
  RATE_LIMIT_READS_PER_MINUTE: '0',
  RATE_LIMIT_WRITES_PER_MINUTE: '0',
  RATE_LIMIT_CREATIONS_PER_MINUTE: '0',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
  RATE_LIMIT_REGISTRATIONS_PER_MINUTE: '0',
  QUOTA_CHANNELS: '0',
  QUOTA_BOTS: '0',
  QUOTA_STORED_MB: '0',
  RATE_LIMIT_AGENT_PER_SECOND: '0',
  QUOTA_AGENTS: '0',
} as const;

/** Settings of a server that disturbs no other one on this machine. */
export function testEnv(dataDir: string, env: NodeJS.ProcessEnv = {}) {
  return {
    PORT: '0',
    LOG_LEVEL: 'error',
    // So that a test counts its own bots' containers, unless it asks for blank ones.
    POOL_SIZE: '0',
    ...NO_LIMITS,
    ...inherited(),
    DATA_DIR: dataDir,
    INSTANCE_ID: `test-${randomHex(6)}`,
    ...env,
  };
}

/** What says where Docker and the runner image are; nothing else of the surroundings. */
function inherited(): NodeJS.ProcessEnv {
  const { DOCKER_HOST, RUNNER_IMAGE } = process.env;
  return { ...(DOCKER_HOST && { DOCKER_HOST }), ...(RUNNER_IMAGE && { RUNNER_IMAGE }) };
}
