/** What an API key may be allowed to do: one noun, read or write. Writing does not include reading. The list is fixed; a key holds some of it. */
export const SCOPES = [
  'merchants:read',
  'merchants:write',
  'api-keys:write',
  'billing-keys:read',
  'billing-keys:write',
  'charges:read',
  'charges:write',
  /** Money that goes back is a right of its own. */
  'refunds:write',
  'schedules:read',
  'schedules:write',
  'bulk-charges:read',
  'bulk-charges:write',
  'retry-policies:read',
  'retry-policies:write',
  'webhooks:read',
  'webhooks:write',
  'events:read',
  'events:write',
  /** An operator's decisions: resolving what is unclear, holding sends, moving a test clock. */
  'operations:read',
  'operations:write',
] as const;

export type Scope = (typeof SCOPES)[number];

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

export const isScope = (text: string): text is Scope => KNOWN.has(text);
