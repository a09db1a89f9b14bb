import type { Type } from '@nestjs/common';
import { BillingKeysFace } from './billing-keys/billing-keys.face.js';
import { BulkChargesFace } from './bulk-charges/bulk-charges.face.js';
import { ChargesFace } from './charges/charges.face.js';
import { DunningFace } from './dunning/dunning.face.js';
import { IncidentsFace } from './incidents/incidents.face.js';
import { HealthFace } from './health/health.face.js';
import { HoldsFace } from './holds/holds.face.js';
import { MerchantsFace } from './merchants/merchants.face.js';
import { ReportsFace } from './reports/reports.face.js';
import { SchedulingFace } from './scheduling/scheduling.face.js';
import { WebhooksFace } from './webhooks/webhooks.face.js';

/** One face for each noun the API speaks of; add yours at the end (apps/api/README.md). */
export const FACES: readonly Type[] = [
  MerchantsFace,
  ChargesFace,
  BulkChargesFace,
  BillingKeysFace,
  WebhooksFace,
  SchedulingFace,
  IncidentsFace,
  HoldsFace,
  HealthFace,
  DunningFace,
  ReportsFace,
];
