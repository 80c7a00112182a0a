import { expect, it } from 'vitest';
import { House } from './support/house.ts';

it('guesses at the password of somebody who left a browser signed in end', async () => {
  await using house = new House();
  const ada = await house.member('ada');
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) {
    await ada.get('/account');
    statuses.push(
      (await ada.submit('/account/password', { current: 'guess', next: 'another long one' })).status,
    );
  }
  expect(statuses.slice(0, 10).every((status) => status === 403)).toBe(true);
  expect(statuses[10]).toBe(429);
  expect(ada.shown.headers['retry-after']).toBe('900');
});
