import { describe, expect, it } from 'vitest';
import { parseClientDocument } from '../../../control-plane/src/identity/client-documents/document.ts';
import { bytesOf, documentOf } from './support.ts';

const ID = 'https://client.example/oauth/client.json';
const read = (document: unknown) => parseClientDocument(ID, bytesOf(document));

describe('a document of a client', () => {
  it('is read by the rules of registration', () => {
    expect(read(documentOf(ID))).toEqual({
      client_name: 'Client',
      redirect_uris: ['https://client.example/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['members that nobody knows', { logo_uri: 'https://client.example/logo.png', x: { y: [1] } }, {}],
    ['an application type', { application_type: 'native' }, {}],
    [
      'grants of other servers',
      { grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'implicit'] },
      { grant_types: ['authorization_code'] },
    ],
    ['response types of other servers', { response_types: ['code', 'token'] }, { response_types: ['code'] }],
    ['no method, which cannot mean one with a secret', { token_endpoint_auth_method: undefined }, {}],
    ['null, which counts as absent', { client_name: null, grant_types: null, scope: null }, {}],
    [
      'a key, with an offer to do without',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
        jwks_uri: 'https://client.example/jwks.json',
      },
      { token_endpoint_auth_method: 'none' },
    ],
    [
      'addresses of applications',
      { redirect_uris: ['http://localhost/callback', 'cursor://anysphere.cursor-mcp/oauth/callback'] },
      { redirect_uris: ['http://localhost/callback', 'cursor://anysphere.cursor-mcp/oauth/callback'] },
    ],
    ['a scope', { scope: 'mcp offline_access email' }, { scope: 'mcp offline_access' }],
  ])('may have %s', (_what, more, expected) => {
    expect(read(documentOf(ID, more))).toMatchObject({ ...expected });
  });

  it.each<[string, unknown, string]>([
    ['the id of another', documentOf('https://client.example/oauth/other.json'), 'not its own address'],
    ['its id in another spelling', documentOf(ID.replace('.example', '.example:443')), 'not its own address'],
    ['no id', documentOf(ID, { client_id: undefined }), 'not its own address'],
    ['a list as its id', documentOf(ID, { client_id: [ID] }), 'not its own address'],
    ['a secret', documentOf(ID, { client_secret: 'hush' }), 'has a client_secret'],
    ['an empty secret', documentOf(ID, { client_secret: null }), 'has a client_secret'],
    ['the end of a secret', documentOf(ID, { client_secret_expires_at: 0 }), 'has a client_secret'],
    ...['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'tls_client_auth', 7].map(
      (method): [string, unknown, string] => [
        `the method ${method} alone`,
        documentOf(ID, { token_endpoint_auth_method: method }),
        'token_endpoint_auth_method none only',
      ],
    ),
    [
      'a choice of methods without none',
      documentOf(ID, {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'],
      }),
      'token_endpoint_auth_method none only',
    ],
    ['no redirect URI', documentOf(ID, { redirect_uris: [] }), 'needs redirect_uris'],
    ['no list of redirect URIs', documentOf(ID, { redirect_uris: undefined }), 'needs redirect_uris'],
    ['text as redirect URIs', documentOf(ID, { redirect_uris: 'https://client.example/' }), 'not an array'],
    ['a script as redirect URI', documentOf(ID, { redirect_uris: ['javascript:alert(1)'] }), 'not allowed'],
    [
      'http beyond loopback',
      documentOf(ID, { redirect_uris: ['http://client.example/'] }),
      'is not on loopback',
    ],
    ['a fragment', documentOf(ID, { redirect_uris: ['https://client.example/#a'] }), 'has a fragment'],
    [
      '21 redirect URIs',
      documentOf(ID, { redirect_uris: Array.from({ length: 21 }, (_, n) => `https://client.example/${n}`) }),
      'more than 20',
    ],
    ['a long name', documentOf(ID, { client_name: 'n'.repeat(201) }), 'longer than 200 characters'],
    ['a number as its name', documentOf(ID, { client_name: 7 }), 'client_name is not a string'],
    ['no grant of ours', documentOf(ID, { grant_types: ['implicit'] }), 'without authorization_code'],
    ['refreshing alone', documentOf(ID, { grant_types: ['refresh_token'] }), 'without authorization_code'],
    ['text as grants', documentOf(ID, { grant_types: 'authorization_code' }), 'without authorization_code'],
    ['no response type of ours', documentOf(ID, { response_types: ['token'] }), 'without code'],
    ['a list around it', [documentOf(ID)], 'not a JSON object'],
    ['no JSON', '<!doctype html><title>Just a moment...</title>', 'not a JSON object'],
    ['nothing', '', 'not a JSON object'],
    ['a key twice', `{"client_id": "${ID}", "client_id": "https://other.example/"}`, 'not a JSON object'],
    ['a byte order mark', `\ufeff${JSON.stringify(documentOf(ID))}`, 'not a JSON object'],
    ['nesting without end', '['.repeat(5000), 'not a JSON object'],
    ['values without end', `{"x": [${'0,'.repeat(1000)}0]}`, 'not a JSON object'],
  ])('with %s is refused', (_what, document, problem) => {
    expect(() => read(document)).toThrow(
      expect.objectContaining({
        code: 'invalid_client',
        message: expect.stringMatching(new RegExp(`^The document of the client is not valid\\..*${problem}`)),
      }),
    );
  });

  it('is refused in another encoding than UTF-8', () => {
    const latin = Buffer.from(JSON.stringify(documentOf(ID, { client_name: 'Übung' })), 'latin1');
    expect(() => parseClientDocument(ID, latin)).toThrow('not a JSON object');
  });
});
