import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeptTerms1765000000000 implements MigrationInterface {
  name = 'KeptTerms1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: what was asked of an occurrence would be forgotten');
  }
}

const SQL = /* sql */ `
ALTER TABLE charges
  ADD COLUMN kept_terms jsonb;                    -- with keeps_terms: what was changed of its order and key and not written yet, as its provider holds it
`;
