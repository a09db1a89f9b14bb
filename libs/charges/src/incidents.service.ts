import { textProblem } from '#kernel';
import type { Database } from '#platform/database';
import { sliceOf, type Page, type Slice } from '#platform/paging';
import { refusal } from '#merchants';

import type { ChargeRefusal } from './charge-refusal.js';
import type { Incident, IncidentFilter } from './incident.js';
import {
  closeIncident,
  findIncidents,
  listIncidents,
  listIncidentsOf,
} from './incidents.repository.js';
import { readSight, type Sight } from './sight.repository.js';

export type Closing =
  | { readonly kind: 'DONE'; readonly incident: Incident }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ChargeRefusal[] };

/** A page of prose; more belongs in a ticket. */
const NOTE_MAX = 2_000;

/** What an operator must see, and what was made of it. */
export class Incidents {
  constructor(private readonly database: Database) {}

  find(merchantId: string, ids: readonly string[]): Promise<Incident[]> {
    return this.database.withMerchant(merchantId, (tx) => findIncidents(tx, merchantId, ids));
  }

  async list(
    merchantId: string,
    { filter, page }: { readonly filter: IncidentFilter; readonly page: Page },
  ): Promise<Slice<Incident>> {
    const rows = await this.database.withMerchant(merchantId, (tx) =>
      listIncidents(tx, merchantId, { filter, page }),
    );
    return sliceOf(rows, page);
  }

  /** What is not as it should be: overdue, unclear, or waiting for a person. */
  sight(merchantId: string): Promise<Sight> {
    return this.database.withMerchant(merchantId, (tx) => readSight(tx, merchantId));
  }

  ofCharges(merchantId: string, chargeIds: readonly string[]) {
    return this.database.withMerchant(merchantId, (tx) =>
      listIncidentsOf(tx, merchantId, chargeIds),
    );
  }

  /** Somebody saw to it and says how. The charge stays as it is: changing that is a command of its own. */
  async resolve(
    merchantId: string,
    {
      id,
      by,
      note,
    }: { readonly id: string | undefined; readonly by: string; readonly note: string },
  ): Promise<Closing> {
    const problem = textProblem(note, NOTE_MAX, 'PROSE');
    if (problem) return refused(refusal('INVALID_INPUT', ['note'], problem));
    const incident =
      id &&
      (await this.database.withMerchant(merchantId, async (tx) => {
        await closeIncident(tx, merchantId, { id, by, note });
        return (await findIncidents(tx, merchantId, [id]))[0];
      }));
    return incident
      ? { kind: 'DONE', incident }
      : refused(refusal('NOT_FOUND', ['id'], 'expected an incident of yours'));
  }
}

const refused = (...refusals: ChargeRefusal[]): Closing => ({ kind: 'REFUSED', refusals });
