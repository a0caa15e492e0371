import { decide, policyVersion, recordClasses, relations, rules, verbs, type Rule } from './policy.js';
import { purposesOf, roleLabels, roles } from './roles.js';

const cell = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(' ');

/** The policy as a page: per role what it may do with which record, then the rules with their sources. */
export const accessMatrixMarkdown = (): string => {
  const lines: string[] = [
    '# Access matrix',
    '',
    `Generated from \`libs/access/src/policy.ts\`; a test compares it. Policy version \`${policyVersion}\`.`,
    '',
    'What is not listed is denied. The relation `excluded` (conflict of interest) is denied everything and is left out.',
    '',
  ];
  for (const role of roles) {
    lines.push(`## ${roleLabels[role]}`, '', `Role \`${role}\`. Purposes: ${cell(purposesOf[role])}.`, '');
    lines.push('| record class | being to it | may | sees |', '|---|---|---|---|');
    for (const recordClass of recordClasses)
      for (const relation of relations) {
        const allowed = verbs.flatMap((verb) => {
          const decision = decide({ role, verb, recordClass, relation });
          return decision.allowed ? [{ verb, fields: decision.scope.fields }] : [];
        });
        const byFields = new Map<string, string[]>();
        for (const { verb, fields } of allowed)
          byFields.set(cell(fields), [...(byFields.get(cell(fields)) ?? []), verb]);
        for (const [fields, may] of byFields)
          lines.push(`| \`${recordClass}\` | \`${relation}\` | ${cell(may)} | ${fields} |`);
      }
    lines.push('');
  }
  lines.push('## Rules', '', '| rule | why | source |', '|---|---|---|');
  for (const rule of rules as readonly Rule[]) lines.push(`| \`${rule.id}\` | ${rule.why} | ${rule.source} |`);
  lines.push('');
  return lines.join('\n');
};
