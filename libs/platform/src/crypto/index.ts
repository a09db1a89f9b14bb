// Sealing secrets at rest (AES-256-GCM), and making and comparing tokens.
// It promises that sealed text opens only in its own place, and that comparisons take the same time whatever they find.
// It refuses to keep anything: where keys and sealed text are stored is the caller's business.
export { DataKey, type Place } from './data-key.js';
export { KeyRing } from './key-ring.js';
export { SealBroken, sealedWith } from './sealed.js';
export {
  checksumOf,
  isSameSecret,
  matchesHash,
  newSecret,
  SECRET_LENGTH,
  sha256,
} from './secret.js';
