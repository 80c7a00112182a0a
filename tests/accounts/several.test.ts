import { expect, it } from 'vitest';
import { House, PASSWORD } from './support/house.ts';

it('of several servers each takes the forms, sessions and codes of the others', async () => {
  await using one = new House();
  await using other = new House({}, one);
  const ada = one.guest();
  const { path, verifier } = one.asking(await other.client());
  await ada.get(path);
  ada.movesTo(other.app);
  const account = { access_code: await one.code(), name: 'ada', password: PASSWORD };
  expect((await ada.submit('/signup', account)).location).toBe(path);
  ada.movesTo(one.app);
  expect((await ada.get(path)).text).toContain('Connect a client?');
  ada.movesTo(other.app);
  const { location = '' } = await ada.submit('/oauth/authorize', { decision: 'allow' });
  const exchanged = await one.form('/token', {
    grant_type: 'authorization_code',
    client_id: new URL(path, one.origin).searchParams.get('client_id') ?? '',
    code: new URL(location).searchParams.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: 'https://client.example/callback',
  });
  expect(exchanged.statusCode).toBe(200);
  expect(await other.call(exchanged.json().access_token)).toBe(200);
});

it('what one server ends is over at the others within five seconds', async () => {
  await using one = new House();
  await using other = new House({}, one);
  const tokens = await one.connect(await one.member('ada'));
  expect(await other.call(tokens.access_token)).toBe(200);
  const [ada] = await one.people.accounts.list();
  await one.people.care.ban(ada?.id ?? '');
  expect(await one.call(tokens.access_token)).toBe(401);
  one.clock.forward(5_001);
  expect(await other.call(tokens.access_token)).toBe(401);
});

it('guesses are counted together, whichever server they go to', async () => {
  await using one = new House();
  await using other = new House({}, one);
  const guest = one.guest();
  await guest.get('/signin');
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) {
    guest.movesTo(n % 2 === 0 ? one.app : other.app);
    statuses.push((await guest.submit('/signin', { name: 'ada', password: 'guess' })).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
});
