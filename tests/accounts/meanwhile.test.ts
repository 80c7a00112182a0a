import { describe, expect, it, vi } from 'vitest';
import { House, PASSWORD } from './support/house.ts';

const VISITOR = { address: '203.0.113.1', device: undefined };

/** Has something happen right after an account was read, before what is done with it. */
function afterNextRead(
  house: House,
  read: 'find' | 'findByLogin',
  happens: (id: string) => Promise<unknown>,
) {
  const { accounts } = house.people;
  const real = accounts[read].bind(accounts);
  vi.spyOn(accounts, read).mockImplementationOnce(async (key) => {
    const account = await real(key);
    await happens(account?.id ?? '');
    return account;
  });
}

describe('while somebody signs in', () => {
  it('a ban keeps them out, also after it is lifted', async () => {
    await using house = new House();
    await house.member('ada');
    afterNextRead(house, 'findByLogin', (id) => house.people.care.ban(id));
    const entered = house.people.signIn.signIn('ada', PASSWORD, VISITOR);
    await expect(entered).rejects.toMatchObject({ reason: 'account_banned' });
    const [ada] = await house.people.accounts.list();
    await house.people.care.unban(ada?.id ?? '');
    expect(house.records.count('session')).toBe(0);
  });

  it('a new password ends the old one', async () => {
    await using house = new House();
    await house.member('ada');
    afterNextRead(house, 'findByLogin', (id) => house.people.care.setPassword(id, 'another long one'));
    const entered = house.people.signIn.signIn('ada', PASSWORD, VISITOR);
    await expect(entered).rejects.toMatchObject({ reason: 'wrong_credentials' });
  });
});

it('while somebody agrees to a client, a ban leaves no connection that would be there after it is lifted', async () => {
  await using house = new House();
  const ada = await house.member('ada');
  await ada.get(house.asking(await house.client()).path);
  const [account] = await house.people.accounts.list();
  afterNextRead(house, 'find', (id) => house.people.care.ban(id));
  const { location = '' } = await ada.submit('/oauth/authorize', { decision: 'allow' });
  expect(new URL(location).searchParams.get('error')).toBe('access_denied');
  expect(await house.people.identity.connectionsOf(account?.id ?? '')).toEqual([]);
});
