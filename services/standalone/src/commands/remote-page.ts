import type { ExportPage } from '@toeverlaat/records';
import { z } from 'zod';
import { WrongUse } from './command.js';

const answerSchema = z.object({
  data: z.object({
    answer: z.object({
      rows: z.array(z.object({ path: z.string(), begins: z.boolean(), content: z.base64() })),
      next: z.string().nullable(),
    }),
  }),
});

/** Asks a running product, as an auditor, page by page. @throws WrongUse for an answer that is no page */
export const remotePage =
  (url: string, token: string, capacity: string) =>
  async (cursor: string | undefined): Promise<ExportPage> => {
    const response = await fetch(`${url.replace(/\/$/, '')}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'toeverlaat-capacity': capacity,
      },
      body: JSON.stringify({
        query:
          'query ($after: String) { answer: evidenceExport(after: $after) { ... on EvidenceExportPage { rows { path begins content } next } } }',
        variables: { after: cursor },
      }),
    });
    const parsed = answerSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new WrongUse(`${url} gave no page (${response.status}): is the token still good?`);
    const { rows, next } = parsed.data.data.answer;
    return {
      parts: rows.map(({ path, begins, content }) => ({ path, begins, bytes: Buffer.from(content, 'base64') })),
      next: next ?? undefined,
    };
  };
