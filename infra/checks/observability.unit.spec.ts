import { METRICS, metricNames, type MetricName } from '@toeverlaat/telemetry';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { deploymentMap } from './deployment.js';
import { readJson, readText } from './workspace.js';

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const alarms = rulesSchema
  .parse(parse(readText('infra/observability/alerts.yaml')))
  .groups.flatMap(({ rules }) => rules);
const panelsSchema = z.looseObject({
  panels: z.array(
    z.looseObject({
      title: z.string(),
      targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })),
    }),
  ),
});
const targets = panelsSchema
  .parse(readJson('infra/observability/dashboard.json'))
  .panels.flatMap(({ title, targets: asked }) =>
    asked.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
  );

/** As Prometheus sees it: a histogram is three series. */
const seriesOf = (name: MetricName): readonly string[] =>
  METRICS[name].kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
const series = new Map(metricNames.flatMap((name) => seriesOf(name).map((one) => [one, name] as const)));
/** Labels that come with being read, whatever the figure. */
const ALWAYS = new Set(['job', 'instance', 'le', 'process']);
const namedIn = (expr: string): readonly string[] => [...expr.matchAll(/\btoeverlaat_[a-z_]+/g)].map(([name]) => name);
const labelsIn = (expr: string): readonly string[] =>
  [
    ...[...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(',')),
    ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
      (list ?? '').split(',').map((one) => one.split(/[=!]/)[0]),
    ),
  ].map((label) => (label ?? '').trim());

describe('dashboard and alarms', () => {
  it('ask for figures that exist, by labels that they have', () => {
    for (const { expr, of } of [
      ...targets.map((target) => ({ of: target.title, expr: target.expr })),
      ...alarms.map((alarm) => ({ of: alarm.alert, expr: alarm.expr })),
    ]) {
      const named = namedIn(expr);
      expect(named.length + (expr.startsWith('up{') ? 1 : 0), `${of}`).toBeGreaterThan(0);
      expect(
        named.filter((name) => !series.has(name)),
        `${of}`,
      ).toEqual([]);
      const labels: ReadonlySet<string> = new Set(
        named.flatMap((name) => METRICS[series.get(name) ?? 'toeverlaat_parked_events'].labels as readonly string[]),
      );
      expect(
        labelsIn(expr).filter((label) => !labels.has(label) && !ALWAYS.has(label)),
        `${of}`,
      ).toEqual([]);
    }
    expect(targets.length).toBeGreaterThan(20);
  });

  it('show every figure that there is', () => {
    const asked = new Set([...targets, ...alarms].flatMap(({ expr }) => namedIn(expr).map((name) => series.get(name))));
    expect(metricNames.filter((name) => !asked.has(name))).toEqual([]);
  });

  it('miss no process of the map, also one whose name is gone with it', () => {
    const { services, workers } = deploymentMap;
    const all = [...Object.keys(services), ...Object.keys(workers)].toSorted();
    const gone = alarms.find(({ alert }) => alert === 'ProcessGone')?.expr ?? '';
    expect(
      [...gone.matchAll(/absent\(up\{job="toeverlaat", process="([a-z]+)"\}\)/gu)].map(([, name]) => name).toSorted(),
    ).toEqual(all);
    const scraped = z
      .looseObject({
        scrape_configs: z.tuple([
          z.looseObject({
            dns_sd_configs: z.tuple([z.looseObject({ names: z.array(z.string()), port: z.number() })]),
            relabel_configs: z.tuple([
              z.strictObject({ source_labels: z.array(z.string()), target_label: z.string() }),
            ]),
          }),
        ]),
      })
      .parse(parse(readText('infra/observability/prometheus.yaml'))).scrape_configs[0];
    expect(scraped.dns_sd_configs[0].names.toSorted()).toEqual(all);
    expect(scraped.dns_sd_configs[0].port).toBe(deploymentMap.ports.operations);
    expect(scraped.relabel_configs[0].target_label).toBe('process');
  });

  it('say on the page from which number on, and for how long, as the rules do', () => {
    const page = readText('docs/how-to/operate.md');
    const rows = new Map(
      [...page.matchAll(/^\| \[([A-Z][A-Za-z]+)\]\(#[a-z]+\) *\| ([^|]+)\| ([^|]+)\| [^|]+\|$/gmu)].map(
        ([, alert = '', when = '', time = '']) => [alert, { when, time: time.trim() }] as const,
      ),
    );
    expect([...rows.keys()]).toEqual(expect.arrayContaining(alarms.map(({ alert }) => alert)));
    expect(rows.size).toBe(alarms.length);
    for (const { alert, expr, for: time } of alarms) {
      expect(rows.get(alert)?.time, `${alert}`).toBe(time ?? 'at once');
      // What is compared with: 0 says only that there is something.
      const limits = [...expr.matchAll(/(?<![!=~])[<>]\s*(\d+(?:\.\d+)?)/gu)].map(([, limit = '']) => limit);
      const unsaid = limits.filter((limit) => limit !== '0' && rows.get(alert)?.when.includes(limit) !== true);
      expect(unsaid, `${alert}`).toEqual([]);
    }
  });

  it('lead from each alarm to what it means and what to do', () => {
    const page = readText('docs/how-to/operate.md');
    const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, text]) => (text ?? '').toLowerCase()));
    expect(new Set(alarms.map(({ alert }) => alert)).size).toBe(alarms.length);
    for (const { alert, annotations } of alarms) {
      expect(annotations.runbook).toBe(`docs/how-to/operate.md#${alert.toLowerCase()}`);
      expect(headings.has(alert.toLowerCase()), `${alert}`).toBe(true);
    }
  });
});
