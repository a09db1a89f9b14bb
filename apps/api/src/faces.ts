import type { Type } from '@nestjs/common';
import { MerchantsFace } from './merchants/merchants.face.js';

/** One face for each noun the API speaks of; add yours at the end (apps/api/README.md). */
export const FACES: readonly Type[] = [MerchantsFace];
