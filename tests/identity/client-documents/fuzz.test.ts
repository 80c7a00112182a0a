import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientDocument } from '../../../control-plane/src/identity/client-documents/document.ts';
import { FRESH, freshFor } from '../../../control-plane/src/identity/client-documents/freshness.ts';
import { isDocumentUrl, parseDocumentUrl } from '../../../control-plane/src/identity/client-documents/url.ts';
import { redirectUriProblem } from '../../../control-plane/src/identity/redirect-uri.ts';
import { OAuthRefusal } from '../../../control-plane/src/identity/refusal.ts';
import { bytesOf, documentOf } from './support.ts';

const ID = 'https://client.example/oauth/client.json';

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '..',
      '.',
      '%2e',
      '%2E%2e',
      '/',
      '\\',
      '//',
      '#',
      '?',
      '@',
      ':',
      ':443',
      ':25',
      ':8443',
      ' ',
      '\t',
      '\0',
    ],
    ...['user:pw@', '127.0.0.1', '[::1]', '0x7f.1', 'a%2fb', '%', 'ü', 'client', 'CLIENT', '.example', '%00'],
  ),
  fc.string({ maxLength: 4 }),
);
const clientIds = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => `https://client.example/${pieces.join('')}`),
  fc.array(piece, { maxLength: 8 }).map((pieces) => `https://${pieces.join('')}`),
  fc.webUrl({ validSchemes: ['https'], withQueryParameters: true, withFragments: true }),
  fc.string(),
);

/** What the function returns; undefined where it refuses. Whatever else it throws is a fault. */
function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof OAuthRefusal && error.code === 'invalid_client') return undefined;
    throw error;
  }
}

describe('whatever a stranger sends as client id', () => {
  it('what is taken is one spelling of one https URL, without anything to hide in', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(clientIds, (id) => {
        const url = unlessRefused(() => parseDocumentUrl(id));
        seen[url ? 'taken' : 'refused']++;
        if (!url) return;
        expect(isDocumentUrl(id)).toBe(true);
        expect(id).toMatch(/^https:\/\/[a-z0-9._~!$&'()*+,;=[\]:-]+\/[\x21-\x7e]+$/);
        expect(id).not.toMatch(/#|\\|^https:\/\/[^/]*@/);
        expect(url.pathname.split('/').filter((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))).toEqual([]);
        expect(`https://${url.host}${url.pathname}${url.search}`).toBe(id);
        expect(url.port === '' || Number(url.port) >= 1024).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(seen.taken).toBeGreaterThan(1000);
    expect(seen.refused).toBeGreaterThan(1000);
  });
});

describe('whatever a host serves as document', () => {
  const member = fc.oneof(
    fc.constantFrom(null, 'none', 'private_key_jwt', 'code', ID, 'javascript:alert(1)', 'http://localhost/a'),
    fc.constantFrom('authorization_code', 'refresh_token', 'https://client.example/callback', '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const members = fc.dictionary(
    fc.constantFrom(
      ...['client_id', 'client_name', 'redirect_uris', 'grant_types', 'response_types', 'client_secret'],
      ...['token_endpoint_auth_method', 'token_endpoint_auth_methods_supported', 'scope', '__proto__'],
    ),
    fc.oneof(member, fc.array(member, { maxLength: 4 })),
    { maxKeys: 4 },
  );

  it('what is taken is a public client with proper addresses, and all else is refused', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(members, (more) => {
        const client = unlessRefused(() => parseClientDocument(ID, bytesOf(documentOf(ID, more))));
        seen[client ? 'taken' : 'refused']++;
        if (!client) return;
        expect(client.token_endpoint_auth_method).toBe('none');
        expect(client.grant_types).toContain('authorization_code');
        expect(client.grant_types).not.toContain('client_credentials');
        expect(client.redirect_uris.length).toBeGreaterThan(0);
        expect(client.redirect_uris.map(redirectUriProblem)).toEqual(
          client.redirect_uris.map(() => undefined),
        );
        expect(client.client_name?.length ?? 0).toBeLessThanOrEqual(200);
      }),
      { numRuns: 10_000 },
    );
    expect(seen.taken).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(500);
  });

  it('bytes of any kind are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(unlessRefused(() => parseClientDocument(ID, bytes))).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });

  it('a copy is fresh for five minutes to a day, whatever Cache-Control says', () => {
    const directive = fc.oneof(
      fc.constantFrom('no-store', 'max-age', 'public', 'max-age=', 'max-age=1e9', 'max-age="60'),
      fc.integer().map((n) => `max-age=${n}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(directive), (directives) => {
        const ms = freshFor(directives.join(', '));
        expect(ms).toBeGreaterThanOrEqual(FRESH.least);
        expect(ms).toBeLessThanOrEqual(FRESH.most);
      }),
      { numRuns: 5_000 },
    );
  });
});
