/** Users and passwords of clients (RFC 7617), against bcrypt hashes as Prometheus's web config has them. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Each check is some 50 ms of CPU at cost 10: one at a time, and no more than these wait. */
const MAX_WAITING = 8;
/** Above what bcrypt looks at, 72 bytes, and a name. */
const MAX_HEADER = 1024;

export type Verdict = 'allowed' | 'denied' | 'busy';

export class BasicAuth {
  readonly #hashes: ReadonlyMap<string, string>;
  /** User -> digest of the password that was right: scrapes come with the same one again and again. */
  readonly #known = new Map<string, Buffer>();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param users name -> bcrypt hash; at least one. */
  constructor(users: Readonly<Record<string, string>>) {
    this.#hashes = new Map(Object.entries(users));
  }

  /** `busy`: too many passwords are being checked. @param header of `Authorization`. Never rejects. */
  async check(header: string | undefined): Promise<Verdict> {
    const credentials = parse(header);
    if (credentials === undefined) return 'denied';
    const { user, password } = credentials;
    const digest = createHash('sha256').update(password).digest();
    const known = this.#known.get(user);
    if (known !== undefined && timingSafeEqual(known, digest)) return 'allowed';
    if (this.#waiting >= MAX_WAITING) return 'busy';
    if (!(await this.#inTurn(() => this.#compare(user, password)))) return 'denied';
    this.#known.set(user, digest);
    return 'allowed';
  }

  /** An unknown name takes as long as a known one. */
  async #compare(user: string, password: string): Promise<boolean> {
    const hash = this.#hashes.get(user);
    const [anyone] = this.#hashes.values();
    const { compare } = await import('bcryptjs');
    const same = await compare(password, hash ?? anyone);
    return same && hash !== undefined;
  }

  async #inTurn(check: () => Promise<boolean>): Promise<boolean> {
    this.#waiting++;
    const turn = this.#last.then(check).catch(() => false);
    this.#last = turn;
    return turn.finally(() => this.#waiting--);
  }
}

function parse(header = ''): { user: string; password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(header.slice(0, MAX_HEADER)) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
