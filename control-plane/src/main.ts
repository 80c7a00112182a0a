import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { runAdmin } from './accounts/admin.ts';
import { packed } from './archive/file.ts';
import { requireFilled } from './archive/fill.ts';
import { readStore } from './archive/read.ts';
import { budgetsOf, quotaOf } from './assembly/budgets.ts';
import { alone, join } from './assembly/company.ts';
import { every } from './assembly/every.ts';
import { followCertificate } from './assembly/follow-certificate.ts';
import { retentionOf } from './assembly/retention.ts';
import { joinAgents } from './assembly/agents.ts';
import { joinPeople } from './assembly/people.ts';
import { openStore } from './assembly/store.ts';
import { Pipeline } from './bots/pipeline.ts';
import { loadPresets } from './bots/presets.ts';
import { WorkList } from './bots/work-list.ts';
import { SeatCodes } from './channels/codes.ts';
import type { ChannelDeps } from './channels/deps.ts';
import { Erasing } from './channels/erase.ts';
import { channelModel } from './channels/model.ts';
import { holdsLiveCode } from './channels/live-codes.ts';
import { Usage } from './channels/quota/usage.ts';
import { channelHandlers } from './channels/service.ts';
import type { ChannelState } from './channels/state.ts';
import { type Config, readConfig } from './config/config.ts';
import { HostEgress } from './egress/egress.ts';
import { egressLimits } from './egress/limits.ts';
import { DnsResolver, type Resolver } from './egress/resolve.ts';
import { WebDocuments } from './egress/web-documents.ts';
import { buildApp } from './http/app.ts';
import { identityRoutes } from './http/oauth/identity-routes.ts';
import { TrustedProxies } from './http/proxies/trusted.ts';
import { createPrometheusMetrics } from './http/ops/prometheus.ts';
import { systemClock } from './kernel/clock.ts';
import { News } from './log/news.ts';
import { Streams } from './log/streams.ts';
import { LauncherClient } from './launcher/client.ts';
import { LocalWakeups } from './log/waiting.ts';
import { ContainerSandbox } from './sandbox/containers/sandbox.ts';
import { openOperatorSocket } from './operator/socket.ts';
import { openServerFiles } from './server-files.ts';
import { adviceFor, holdPort } from './startup.ts';
import { ServerCertificate } from './tls/certificate.ts';
import { endBySignals, tellReady, untilStopped } from './supervised.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const VERSION: string = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version;
const HOUSEKEEPING_MS = 30_000;
/** How soon a proxy that was given by name is known at a new address. */
const PROXY_NAMES_MS = 5_000;
/** Connections that may wait to be accepted when all clients come back at once; the system may allow fewer. */
const BACKLOG = 65_535;
/** The launcher looks for its engine and removes what dead ones left before it listens. */
const LAUNCHER_WAIT_MS = 20_000;

/** Longer than any stop with a store that answers; shorter than what an orchestrator waits (docker-compose.yml). */
const STOP_MS = 45_000;

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:8100`. */
  readonly address: string;
  /** Under which clients reach it. */
  readonly publicUrl: string;
}

/** What a test may replace, so that bots and fetches reach servers on this machine and nothing else. */
export interface ReplacedParts {
  readonly resolver?: Resolver;
  readonly allowAddress?: (address: string) => boolean;
  /** PEM of who vouches for the hosts of clients' documents. */
  readonly authorities?: string;
}

/**
 * Joins the ports to their adapters and serves. Disposing of it answers parked calls, lets running
 * hooks end, removes the bots' containers and closes the store.
 *
 * @param onFatal told once when the store cannot go on: the process must end
 * @param parts what tests put in the place of the network's own parts
 */
export async function startServer(
  given: Config,
  onFatal: (error: Error) => void,
  parts: ReplacedParts = {},
): Promise<RunningServer> {
  const logger = pino({ level: given.logLevel });
  await using stack = new AsyncDisposableStack();
  const port = stack.use(await holdPort(given));
  const { config } = port;
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = config;
  const certificate =
    certFile && keyFile ? await ServerCertificate.open({ certFile, keyFile }, logger) : undefined;
  const proxies = new TrustedProxies(config.trustedProxies);
  if (proxies.named) stack.use(every(PROXY_NAMES_MS, () => proxies.look(), logger));
  const files = await openServerFiles(config.dataDir, config.serverKey);
  const store = stack.use(await openStore(config, files, onFatal));
  await requireFilled(store);
  const limits = { wallMs: config.hookWallMs, memoryBytes: config.hookMemoryMb * 2 ** 20, processes: 64 };
  const metrics = createPrometheusMetrics();
  const launcher = stack.use(new LauncherClient({ socketPath: config.launcherSocket }));
  await launcher.ready(LAUNCHER_WAIT_MS);
  const resolver = parts.resolver ?? new DnsResolver();
  const sandbox = new ContainerSandbox({
    launcher,
    egress: new HostEgress({
      resolver,
      limits: egressLimits({
        maxConnections: config.egressMaxConnections,
        hookMbIn: config.egressHookMbIn,
        hookMbOut: config.egressHookMbOut,
      }),
      metrics,
      log: logger,
      ...(parts.allowAddress ? { allowAddress: parts.allowAddress } : {}),
    }),
    limits,
    poolSize: config.poolSize,
    poolRefillPerS: config.poolRefillPerS,
    idleMs: config.botIdleMs,
    maxContainers: config.maxContainers,
    capacityWaitMs: config.capacityWaitMs,
    log: logger,
    events: metrics,
  });
  stack.defer(() => sandbox.close());
  metrics.containers(() => sandbox.status());

  const company = stack.use(
    store.shared
      ? await join({
          records: store.records,
          clock: systemClock,
          log: logger,
          key: files.key,
          leaseMs: config.leaseMs,
          idleMs: config.botIdleMs,
          redisUrl: config.redisUrl,
        })
      : alone(systemClock, logger),
  );
  const news = new News(store.commits);
  const wakeups = new LocalWakeups();
  const streams: Streams<ChannelState> = new Streams(
    {
      store: store.commits,
      model: channelModel,
      wakeups,
      clock: systemClock,
      ...(store.shared ? { news } : {}),
      ...(company.tell ? { tell: company.tell } : {}),
      onCommit: (channelId, state) => pipeline.kick(channelId, state),
    },
    config.maxLoadedChannels,
  );
  const pipeline = new Pipeline<ChannelState>({
    streams,
    sandbox,
    leases: company.leases,
    limits,
    metrics,
    log: logger,
    memberSlots: (state) =>
      new Set(state.slots.filter((slot) => slot.kind === 'invite').map((slot) => slot.slot_id)),
    holdsSecret: holdsLiveCode,
  });
  stack.defer(() => pipeline.stop());

  const deps: ChannelDeps = {
    streams,
    sandbox,
    presets: await loadPresets(path.join(ROOT, 'bots')),
    codes: new SeatCodes(files.key),
    limits,
    usage: new Usage(streams, systemClock, quotaOf(config)),
    loopGuard: { per_minute: config.loopGuardPerMinute, burst: config.loopGuardBurst },
    clock: systemClock,
    metrics,
    version: VERSION,
  };
  const documents = config.clientDocuments
    ? new WebDocuments({ ...parts, resolver, log: logger })
    : undefined;
  const people = joinPeople({
    config,
    records: store.records,
    clock: systemClock,
    key: files.key,
    documents,
  });
  const { identity } = people;
  const budgets = budgetsOf(config);
  const agents = joinAgents({
    budgets,
    metrics,
    mostOfOne: config.quotaAgents,
    clientName: (clientId) => identity.clientName(clientId),
    onError: (err) => logger.warn({ err }, 'who of the agents is there could not be looked at'),
    store: store.commits,
    records: store.records,
    wakeups,
    clock: systemClock,
    // An inbox is a tenth of a channel, and there is one for each open line.
    maxLoaded: 10 * config.maxLoadedChannels,
    ...(store.shared ? { news } : {}),
    ...(company.tell ? { tell: company.tell } : {}),
    newcomer: people.asksPeople ? undefined : (name) => identity.openAccount(name),
  });
  stack.use(agents);
  const app = await buildApp({
    handlers: { ...channelHandlers(deps), ...agents.handlers },
    agents: { ...agents, callerOf: (tokenKey) => identity.callerOf(tokenKey) },
    authenticate: (bearer) => identity.authenticate(bearer),
    identityRoutes: identityRoutes({ ...people, publicUrl: config.publicUrl, key: files.key }),
    config,
    budgets,
    tls: certificate?.options,
    trustsProxy: config.trustedProxies.length > 0 ? proxies.trusts : undefined,
    metrics,
    logger,
    readiness: { store: () => store.commits.ready(), docker: () => sandbox.ready() },
    version: VERSION,
  });
  stack.defer(() => app.close());
  if (certificate) stack.use(followCertificate(certificate, app.server, logger));

  const erasing = new Erasing(streams, (channel, err) =>
    logger.error({ err, channel }, 'a deleted channel could not be erased'),
  );
  const workList = new WorkList({ streams, pipeline, news, clocks: company.clocks });
  stack.use(company.attend({ streams, agents, pipeline, workList, sandbox }));
  const retention = retentionOf(config, store, systemClock, {
    streams,
    leases: company.leases,
    log: logger,
  });
  const housekeeping = async () => {
    await identity.sweep();
    await agents.erase(systemClock.now());
    await erasing.round(systemClock.now());
    await retention?.round(systemClock.now());
  };
  stack.use(every(HOUSEKEEPING_MS, housekeeping, logger));
  const backup = () => packed(readStore(store, systemClock.now()), systemClock.now());
  const admin = (words: readonly string[]) => runAdmin({ ...people, agents }, words);
  const commands = { backup, admin };
  stack.use(await openOperatorSocket({ path: config.operatorSocket, commands, log: logger }));
  await agents.load();
  await port[Symbol.asyncDispose]();
  const address = await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
  const held = stack.move();
  return { address, publicUrl: config.publicUrl, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Runs the server as a process, until a signal or a fatal error ends it. */
async function main(config: Config): Promise<void> {
  const server = await startServer(config, (error) => {
    console.error(`The store cannot go on: ${error.message}`);
    process.exit(1);
  });
  console.log(`MCP Multiplayer listens on ${server.address}`);
  console.log(`  MCP   ${server.publicUrl}/mcp`);
  console.log(`  REST  ${server.publicUrl}/docs`);
  console.log('  next  npm run demo (in another terminal), or connect a client: README.md');
  tellReady();
  await untilStopped();
  const limit = setTimeout(endAsItIs, STOP_MS);
  await server[Symbol.asyncDispose]();
  clearTimeout(limit);
  // A connection that was given up while it was made, to a store that hangs, would hold the process for seconds.
  process.exit(0);
}

/** What a stop leaves undone then, another server or the next start does: as after a crash. */
function endAsItIs(): never {
  console.error(`The stop took over ${STOP_MS / 1_000} s: it ends as it is. Nothing acknowledged is lost.`);
  process.exit(1);
}

if (import.meta.main) {
  endBySignals();
  let config: Config | undefined;
  try {
    config = readConfig(process.env);
    await main(config);
  } catch (error) {
    console.error(adviceFor(error, config) ?? error);
    process.exitCode = 1;
  }
}
