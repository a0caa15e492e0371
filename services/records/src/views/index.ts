import type { ViewDefinition } from '@toeverlaat/views';
import { accessAlarmsView } from './access-alarms.js';
import { accessIndex } from './access-index.js';
import { departuresView } from './departures.js';
import { erasuresView } from './erasures.js';
import { retentionView } from './retention.js';

export const recordsViews: readonly ViewDefinition[] = [
  accessAlarmsView,
  accessIndex,
  departuresView,
  erasuresView,
  retentionView,
];
