import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };
const NXDOMAIN = 3;

/** What a name has; a name that is not in the table does not exist, `silent` is never answered. */
type Zone = Readonly<
  Record<string, { readonly A?: readonly string[]; readonly AAAA?: readonly string[] } | 'silent'>
>;

/** A name server on loopback. */
export interface NameServer extends AsyncDisposable {
  readonly address: string;
  /** What it was asked, as `<type> <name>`. */
  readonly asked: readonly string[];
}

/** Serves a zone by the DNS wire format (RFC 1035, section 4), over UDP. */
export async function nameServer(zone: Zone): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const { name, end } = readName(query, 12);
    const type = TYPES[query.readUInt16BE(end)] ?? 'A';
    asked.push(`${type} ${name}`);
    const entry = zone[name];
    if (entry !== 'silent')
      socket.send(reply(query, end + 4, entry?.[type], entry ? 0 : NXDOMAIN), from.port);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readName(packet: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = packet.readUInt8(at); length > 0; length = packet.readUInt8(at)) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** The query's header and question again, as a response, and its records. */
function reply(query: Buffer, end: number, addresses: readonly string[] = [], code: number): Buffer {
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...addresses.map(record)]);
}

/** One record for the name at offset 12, class IN, to be kept for no time. */
function record(address: string): Buffer {
  const bytes = addressBytes(address);
  const fixed = Buffer.from([0xc0, 12, 0, bytes.length === 4 ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
  return Buffer.concat([fixed, bytes]);
}

/** The bytes of an address; of an IPv6 one, it must be written in full. */
function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  return Buffer.from(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}
