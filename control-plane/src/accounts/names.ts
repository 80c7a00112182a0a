import { AccountRefusal } from './refusal.ts';

const NAME = /^[a-z0-9._@+-]{3,64}$/;
const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;

/** The name as it is kept; undefined where it could not be anybody's. Case makes no difference. */
export function normalName(name: string): string | undefined {
  const normal = name.trim().toLowerCase();
  return NAME.test(normal) ? normal : undefined;
}

/** The name of a new account. @throws {AccountRefusal} bad_name */
export function newName(name: string): string {
  const normal = normalName(name);
  if (normal === undefined) throw new AccountRefusal('bad_name');
  return normal;
}

/** @throws {AccountRefusal} bad_password */
export function checkNewPassword(password: string, name: string): void {
  const { length } = password;
  const fits = length >= MIN_PASSWORD && length <= MAX_PASSWORD;
  if (!fits || password.trim().toLowerCase() === name) throw new AccountRefusal('bad_password');
}
