import { describe, expect, it } from 'vitest';
import { ClientDocuments } from '../../../control-plane/src/identity/client-documents/client-documents.ts';
import { FETCHES } from '../../../control-plane/src/identity/client-documents/fetch-budget.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { ScriptedSource } from './support.ts';

const ID = 'https://client.example/client.json';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AWAY = { code: 'temporarily_unavailable', message: 'The host is away.' };
const GONE = { code: 'invalid_client', message: 'There is no document.' };
const BUSY = { code: 'temporarily_unavailable', message: expect.stringContaining('Too many documents') };

function setUp() {
  const source = new ScriptedSource();
  const clock = new ManualClock();
  const documents = new ClientDocuments(source, clock);
  const nameOf = async (id: string) => (await documents.find(id)).metadata.client_name;
  const refusalOf = (id: string) =>
    documents.find(id).then(
      () => undefined,
      (error: unknown) => error,
    );
  return { source, clock, documents, nameOf, refusalOf };
}

describe('a copy of a document', () => {
  it('serves for as long as the host says, and is read anew after that', async () => {
    const { source, clock, nameOf } = setUp();
    source.cacheControl = 'max-age=600';
    source.publish(ID, { client_name: 'Old' });
    expect(await nameOf(ID)).toBe('Old');
    source.publish(ID, { client_name: 'New' });
    clock.forward(10 * MINUTE - 1);
    expect(await nameOf(ID)).toBe('Old');
    clock.forward(1);
    expect(await nameOf(ID)).toBe('New');
    expect(source.asked).toEqual([ID, ID]);
  });

  it('serves on while the host is away, until it is a day old', async () => {
    const { source, clock, nameOf, refusalOf } = setUp();
    source.publish(ID);
    await nameOf(ID);
    source.away();
    clock.forward(24 * HOUR - 1);
    expect(await nameOf(ID)).toBe('Client');
    clock.forward(1);
    expect(await refusalOf(ID)).toMatchObject(AWAY);
  });

  it('is not asked for again and again while the host is away, and is read when it is back', async () => {
    const { source, clock, nameOf } = setUp();
    source.publish(ID, { client_name: 'Old' });
    await nameOf(ID);
    source.away();
    clock.forward(2 * HOUR);
    for (let n = 0; n < 5; n++) expect(await nameOf(ID)).toBe('Old');
    expect(source.asked).toHaveLength(2);
    source.back();
    source.publish(ID, { client_name: 'New' });
    clock.forward(10_000);
    expect(await nameOf(ID)).toBe('New');
  });

  it.each<[string, (source: ScriptedSource) => unknown, string]>([
    ['is withdrawn', (source) => source.put('', ID), 'not a JSON object'],
    ['becomes that of another', (source) => source.put({ client_id: 'https://a.example/b' }, ID), 'address'],
    ['gets a secret', (source) => source.publish(ID, { client_secret: 'hush' }), 'client_secret'],
  ])('counts no more once the document %s, also when the host goes away then', async (_what, change, why) => {
    const { source, clock, nameOf, refusalOf } = setUp();
    source.publish(ID);
    await nameOf(ID);
    change(source);
    clock.forward(2 * HOUR);
    expect(await refusalOf(ID)).toMatchObject({
      code: 'invalid_client',
      message: expect.stringContaining(why),
    });
    source.away();
    clock.forward(MINUTE);
    expect(await refusalOf(ID)).toMatchObject(AWAY);
  });

  it('is one of a thousand: the one that was not used for longest is forgotten', async () => {
    const { source, clock, nameOf } = setUp();
    source.cacheControl = 'max-age=86400';
    await nameOf(source.publish(ID));
    const urls = Array.from({ length: 1000 }, (_, n) => `https://host${n}.example/client.json`);
    for (const [n, url] of urls.entries()) {
      if (n % 50 === 0) clock.forward(MINUTE);
      await nameOf(source.publish(url));
      await nameOf(ID);
    }
    expect(source.asked.filter((url) => url === ID)).toHaveLength(1);
    const reads = source.asked.length;
    await nameOf(ID);
    await nameOf(urls[999] ?? '');
    expect(source.asked).toHaveLength(reads);
    clock.forward(MINUTE);
    await nameOf(urls[0] ?? '');
    expect(source.asked).toHaveLength(reads + 1);
  });
});

describe('an address without a document', () => {
  it('is asked again after ten seconds, not before', async () => {
    const { source, clock, nameOf, refusalOf } = setUp();
    expect(await refusalOf(ID)).toMatchObject(GONE);
    source.publish(ID);
    clock.forward(9_999);
    expect(await refusalOf(ID)).toMatchObject(GONE);
    clock.forward(1);
    expect(await nameOf(ID)).toBe('Client');
    expect(source.asked).toEqual([ID, ID]);
  });

  it('is not asked at all where it is no proper URL', async () => {
    const { source, refusalOf } = setUp();
    expect(await refusalOf('https://client.example/a/../b')).toMatchObject({ code: 'invalid_client' });
    expect(source.asked).toEqual([]);
  });

  it('lets other errors through, which are ours', async () => {
    const { source, refusalOf } = setUp();
    const bug = new TypeError('a bug');
    source.read = () => Promise.reject(bug);
    expect(await refusalOf(ID)).toBe(bug);
  });
});

describe('many who ask at once', () => {
  it('share one read of a document, and one refusal', async () => {
    const { source, nameOf, refusalOf } = setUp();
    const release = source.hold();
    const other = 'https://client.example/other.json';
    source.publish(ID);
    const names = Array.from({ length: 200 }, () => nameOf(ID));
    const refusals = Array.from({ length: 200 }, () => refusalOf(other));
    release();
    expect(new Set(await Promise.all(names))).toEqual(new Set(['Client']));
    for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject(GONE);
    expect(source.asked.toSorted()).toEqual([ID, other]);
  });

  it(`for as many documents lead to ${FETCHES.atOnce} reads at once and no more`, async () => {
    const { source, clock, refusalOf } = setUp();
    const release = source.hold();
    const asked = Array.from({ length: 500 }, (_, n) => refusalOf(`https://host${n}.example/client.json`));
    release();
    const refusals = await Promise.all(asked);
    expect(source.most).toBe(FETCHES.atOnce);
    expect(source.asked).toHaveLength(FETCHES.atOnce);
    expect(refusals.slice(FETCHES.atOnce)).toEqual(
      Array.from({ length: 500 - FETCHES.atOnce }, () => expect.objectContaining(BUSY)),
    );
    // Places are given back.
    clock.forward(MINUTE);
    expect(await refusalOf('https://later.example/client.json')).toMatchObject(GONE);
  });
});

describe('a stranger who names countless addresses', () => {
  it(`has ${FETCHES.unknown.perHost} of one host read a minute`, async () => {
    const { source, clock, refusalOf } = setUp();
    const flood = async (path: string) => {
      const before = source.asked.length;
      for (let n = 0; n < 100; n++) await refusalOf(`https://victim.example/${path}/${n}`);
      return source.asked.length - before;
    };
    expect(await flood('a')).toBe(FETCHES.unknown.perHost);
    expect(await refusalOf('https://victim.example/b')).toMatchObject(BUSY);
    clock.forward(MINUTE);
    expect(await flood('c')).toBe(FETCHES.unknown.perHost);
  });

  it(`has ${FETCHES.unknown.total} of many names read a minute, which may be one host`, async () => {
    const { source, refusalOf } = setUp();
    for (let n = 0; n < 300; n++) await refusalOf(`https://n${n}.victim.example/client.json`);
    expect(source.asked).toHaveLength(FETCHES.unknown.total);
  });

  it('keeps nobody out whose document is known: that is read anew all the same', async () => {
    const { source, clock, nameOf, refusalOf } = setUp();
    source.publish(ID, { client_name: 'Old' });
    await nameOf(ID);
    clock.forward(2 * HOUR);
    for (let n = 0; n < 300; n++) await refusalOf(`https://n${n}.victim.example/client.json`);
    source.publish(ID, { client_name: 'New' });
    expect(await nameOf(ID)).toBe('New');
  });

  it.each([
    ['one host', (_n: number): string => 'evil.example', FETCHES.known.perHost],
    ['many hosts', (n: number): string => `evil${n}.example`, FETCHES.known.total],
  ])(
    'and whose documents of %s were known does not lead us there by the thousand',
    async (_what, host, most) => {
      const { source, clock, nameOf, refusalOf } = setUp();
      const urls = Array.from({ length: 300 }, (_, n) => `https://${host(n)}/${n}`);
      for (const [n, url] of urls.entries()) {
        if (n % FETCHES.unknown.perHost === 0) clock.forward(MINUTE);
        await nameOf(source.publish(url));
      }
      // From now on the names may lead to somebody else.
      source.away();
      clock.forward(2 * HOUR);
      for (let minute = 1; minute <= 2; minute++) {
        const before = source.asked.length;
        for (const seconds of [0, 11, 11, 11]) {
          clock.forward(seconds * 1000);
          for (const url of urls) expect(await refusalOf(url)).toBeUndefined();
        }
        expect(source.asked.length - before).toBe(most);
        clock.forward(MINUTE);
      }
    },
  );

  it('leaves old copies in use while all places are taken', async () => {
    const { source, clock, nameOf, refusalOf } = setUp();
    source.publish(ID, { client_name: 'Old' });
    await nameOf(ID);
    clock.forward(2 * HOUR);
    const release = source.hold();
    const asked = Array.from({ length: FETCHES.atOnce }, (_, n) => refusalOf(`https://slow${n}.example/x`));
    expect(await nameOf(ID)).toBe('Old');
    release();
    await Promise.all(asked);
  });
});
