import { describe, expect, it } from 'vitest';
import { isDocumentUrl, parseDocumentUrl } from '../../../control-plane/src/identity/client-documents/url.ts';
import { newClientId } from '../../../control-plane/src/identity/secrets.ts';

describe('a client id that is the address of a document', () => {
  it.each([
    'https://claude.ai/oauth/mcp-oauth-client-metadata',
    'https://chatgpt.com/oauth/IbUR3zxyNQ16/client.json',
    'https://client.example:8443/client',
    'https://client.example/a//b/',
    'https://client.example/client?version=2',
    'https://xn--bcher-kva.example/client',
    'https://client.example/...',
    `https://client.example/${'a'.repeat(489)}`,
  ])('%s is one', (id) => {
    expect(parseDocumentUrl(id).href).toBe(id);
  });

  it.each([
    ['https://client.example', 'has no path'],
    ['https://client.example/', 'has no path'],
    ['https://client.example/?client', 'has no path'],
    ['https://client.example/client#top', 'has a fragment'],
    ['https://client.example/client#', 'has a fragment'],
    ['https://user@client.example/client', 'has a user name or a password'],
    ['https://user:secret@client.example/client', 'has a user name or a password'],
    ['https://:secret@client.example/client', 'has a user name or a password'],
    ['https://@client.example/client', 'is not in the normal form of a URL'],
    ['https://client.example/a/../client', 'is not in the normal form of a URL'],
    ['https://client.example/./client', 'is not in the normal form of a URL'],
    ['https://client.example/a/b/..', 'is not in the normal form of a URL'],
    ['https://client.example/a/%2e%2E/client', 'is not in the normal form of a URL'],
    ['https://client.example/a/.%2e/client', 'is not in the normal form of a URL'],
    ['https://client.example/a\\..\\client', 'is not an https URL'],
    ['https://client.example/client?\\', 'is not an https URL'],
    ['https://CLIENT.example/client', 'is not in the normal form of a URL'],
    ['https://client.example:443/client', 'is not in the normal form of a URL'],
    ['https://client.example:08443/client', 'is not in the normal form of a URL'],
    ['https://client.example/client?', 'is not in the normal form of a URL'],
    ['https:///client.example/client', 'is not in the normal form of a URL'],
    ['https://2130706433/client', 'is not in the normal form of a URL'],
    ['https://0x7f.1/client', 'is not in the normal form of a URL'],
    ['https://client.example/"client"', 'is not an https URL'],
    ['https://client.example/{client}', 'is not an https URL'],
    ['https://client.example:25/client', 'has a port of another service'],
    ['https://client.example:80/client', 'has a port of another service'],
    ['https://client.example:0/client', 'has a port of another service'],
    ['https://client.example:65536/client', 'is not an https URL'],
    ['https://', 'is not an https URL'],
    ['https://client.example/a client', 'is not an https URL'],
    ['https://client.example/\tclient', 'is not an https URL'],
    ['https://client.example/client\r\nX-Header: 1', 'is not an https URL'],
    ['https://bücher.example/client', 'is not an https URL'],
    [`https://client.example/${'a'.repeat(490)}`, 'is longer than 512 characters'],
  ])('%j is none: it %s', (id, problem) => {
    expect(isDocumentUrl(id)).toBe(true);
    expect(() => parseDocumentUrl(id)).toThrow(
      expect.objectContaining({ code: 'invalid_client', message: `The client_id is a URL that ${problem}.` }),
    );
  });

  it.each(['http://client.example/client', 'HTTPS://client.example/client', 'client', newClientId(), ''])(
    '%j is looked up among the registered ones',
    (id) => {
      expect(isDocumentUrl(id)).toBe(false);
    },
  );
});
