import { defineView, type ViewDefinition } from '@toeverlaat/views';
import { localDateOf } from '@toeverlaat/values';
import { factCategory, factCodec } from '../domain/fact/index.js';
import { releasesCategory, releasesCodec } from '../domain/release/index.js';
import { reportCategory, reportCodec } from '../domain/report/index.js';

/** One row per fact. A frozen figure names this version. */
export const factsView = defineView({
  name: 'facts',
  version: 1,
  mode: 'async',
  categories: [factCategory],
  codecs: [factCodec],
  tables: [
    {
      name: 'facts',
      columns: {
        organisation: 'TEXT NOT NULL',
        fact_id: 'TEXT NOT NULL',
        month: 'TEXT NOT NULL',
        site: 'TEXT NOT NULL',
        by_function: 'TEXT NOT NULL',
        what: 'TEXT NOT NULL',
        code: 'TEXT NOT NULL',
        recorded_on: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'fact_id'],
      indexes: [{ columns: ['organisation', 'month'] }],
    },
  ],
  handlers: {
    FactRecorded: ({ data, meta }, tx) => {
      tx.insert('facts', {
        fact_id: meta.streamId,
        month: data.month,
        site: data.site,
        by_function: data.by,
        what: data.what,
        code: data.code,
        recorded_on: localDateOf(meta.recordedAt),
      });
    },
  },
});

/** What was released and frozen, as it was. */
export const figuresView = defineView({
  name: 'figures',
  version: 1,
  mode: 'async',
  categories: [releasesCategory, reportCategory],
  codecs: [releasesCodec, reportCodec],
  tables: [
    {
      name: 'releases',
      columns: {
        organisation: 'TEXT NOT NULL',
        release_id: 'TEXT NOT NULL',
        from_month: 'TEXT NOT NULL',
        to_month: 'TEXT NOT NULL',
        released_at: 'TEXT NOT NULL',
        threshold: 'INTEGER NOT NULL',
        layout_version: 'TEXT NOT NULL',
        law_version: 'TEXT NOT NULL',
        tables: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'release_id'],
      indexes: [{ columns: ['organisation', 'to_month DESC', 'released_at DESC', 'release_id DESC'] }],
    },
    {
      name: 'editions',
      columns: {
        organisation: 'TEXT NOT NULL',
        year: 'TEXT NOT NULL',
        edition: 'INTEGER NOT NULL',
        frozen_at: 'TEXT NOT NULL',
        content: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'year', 'edition'],
    },
  ],
  handlers: {
    FiguresReleased: ({ data, meta }, tx) => {
      tx.insert('releases', {
        release_id: data.releaseId,
        from_month: data.from,
        to_month: data.to,
        released_at: meta.recordedAt,
        threshold: data.threshold,
        layout_version: data.layoutVersion,
        law_version: data.lawVersion,
        tables: data.tables,
      });
    },
    AnnualReportFrozen: ({ data, meta }, tx) => {
      tx.insert('editions', {
        year: meta.streamId,
        edition: data.edition,
        frozen_at: meta.recordedAt,
        content: data,
      });
    },
  },
});

export const reportingViews: readonly ViewDefinition[] = [factsView, figuresView];
