import { fromPublicId, ID_PREFIXES, newId, parsePublicId, toPublicId } from './id.js';
import type { Noun } from './id.js';

const ID = '01980f2e-8a6b-7c3d-9e4f-5a6b7c8d9e0f';

it('writes each noun with its prefix and reads the same UUID back', () => {
  for (const noun of Object.keys(ID_PREFIXES) as Noun[]) {
    const publicId = toPublicId(noun, ID);
    expect(publicId.startsWith(`${ID_PREFIXES[noun]}_`)).toBe(true);
    expect(fromPublicId(noun, publicId)).toBe(ID);
    expect(parsePublicId(publicId)).toEqual({ noun, id: ID });
  }
});

it('has no prefix twice', () => {
  const prefixes = Object.values(ID_PREFIXES);
  expect(new Set(prefixes).size).toBe(prefixes.length);
});

it('reads nothing out of an id of another noun or of no noun', () => {
  const charge = toPublicId('charge', ID);
  expect(fromPublicId('schedule', charge)).toBeUndefined();
  for (const wrong of [
    '',
    '_',
    'ch_',
    'ch',
    ID,
    charge.toUpperCase(),
    `${charge}x`,
    'zz_00000000000000000000000000',
  ])
    expect(parsePublicId(wrong)).toBeUndefined();
});

it('makes ids that grow', () => {
  const ids = Array.from({ length: 1000 }, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
