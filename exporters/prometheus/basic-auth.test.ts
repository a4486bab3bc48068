import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BasicAuth } from './basic-auth.ts';

/** Of "secret"; and of "U*U", from the test vectors of crypt_blowfish. */
const users = {
  alice: '$2y$04$maPTRRY28Lbdtjhll6g9EeUVqSXKd05TYxwM9wsXmw1kWGdX7kZli',
  bob: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
};
const header = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('basic auth', () => {
  it('lets in who knows a password', async () => {
    const auth = new BasicAuth(users);
    assert.equal(await auth.check(header('alice', 'secret')), 'allowed');
    assert.equal(await auth.check(header('bob', 'U*U')), 'allowed');
    assert.equal(await auth.check(header('alice', 'secret').replace('Basic', 'bAsIc ')), 'allowed');
  });

  const denied: [string, string | undefined][] = [
    ['no header', undefined],
    ['an empty one', ''],
    ['another scheme', header('alice', 'secret').replace('Basic', 'Bearer')],
    ['a wrong password', header('alice', 'Secret')],
    ['no password', header('alice', '')],
    ['the password of another', header('alice', 'U*U')],
    ['an unknown user', header('carol', 'secret')],
    ['a name of Object', header('constructor', 'secret')],
    ['no colon', `Basic ${Buffer.from('alice').toString('base64')}`],
    ['no base64', 'Basic alice:secret'],
    ['too long', header('alice', 'secret'.padEnd(5000, 'x'))],
  ];
  for (const [what, text] of denied) {
    it(`does not let in: ${what}`, async () => {
      const auth = new BasicAuth(users);
      assert.equal(await auth.check(text), 'denied');
      assert.equal(await auth.check(header('alice', 'secret')), 'allowed');
      assert.equal(await auth.check(text), 'denied');
    });
  }

  it('checks a few at a time; who was let in before does not wait', async () => {
    const auth = new BasicAuth(users);
    assert.equal(await auth.check(header('alice', 'secret')), 'allowed');
    const guesses = Array.from({ length: 20 }, async (_, i) => auth.check(header('alice', `guess ${i}`)));
    assert.equal(await auth.check(header('alice', 'secret')), 'allowed');
    const verdicts = await Promise.all(guesses);
    assert.deepEqual(
      [verdicts.filter((v) => v === 'denied').length, verdicts.filter((v) => v === 'busy').length],
      [8, 12],
    );
    assert.equal(await auth.check(header('alice', 'guess 1')), 'denied');
  });
});
