/** Servings of one account that send at once in a process: while one's last answers come in, the next has begun. */
const OF_ACCOUNT = 2;
/** A quarter of a process's dispatch loops: however many accounts a merchant has, and however slow, the others find a free one. */
const OF_MERCHANT = 16;

interface Owner {
  readonly merchantId: string;
  readonly providerAccountId: string;
}

/** Who is being served in this process, so that the busy are passed by. */
export class ServingSlots {
  private readonly accounts = new Map<string, number>();
  private readonly merchants = new Map<string, number>();

  take({ merchantId, providerAccountId }: Owner): void {
    add(this.accounts, providerAccountId, 1);
    add(this.merchants, merchantId, 1);
  }

  free({ merchantId, providerAccountId }: Owner): void {
    add(this.accounts, providerAccountId, -1);
    add(this.merchants, merchantId, -1);
  }

  /** Those that have their share. */
  busy(): { readonly accountIds: readonly string[]; readonly merchantIds: readonly string[] } {
    return {
      accountIds: atLeast(this.accounts, OF_ACCOUNT),
      merchantIds: atLeast(this.merchants, OF_MERCHANT),
    };
  }
}

const add = (counts: Map<string, number>, id: string, by: number): void => {
  const count = (counts.get(id) ?? 0) + by;
  if (count > 0) counts.set(id, count);
  else counts.delete(id);
};

const atLeast = (counts: ReadonlyMap<string, number>, least: number): string[] =>
  [...counts].flatMap(([id, count]) => (count >= least ? [id] : []));
