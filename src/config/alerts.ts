import * as z from 'zod';
import { addFault, Duration } from '../base/schema.ts';
import { DESTINATIONS, type Webhooks } from '../generate/alertmanager/input.ts';
import { DEFAULT_INPUT, type RulesInput } from '../generate/rules/input.ts';

const SHORTEST_SCRAPE_MS = 1_000;
const LONGEST_SCRAPE_MS = 300_000;

const ScrapeInterval = Duration.superRefine((ms, context) => {
  if (ms >= SHORTEST_SCRAPE_MS && ms <= LONGEST_SCRAPE_MS) return;
  addFault(context, { message: 'must be from 1s to 5m', hint: 'write scrape_interval: 5s' });
});

/** `99.9%`, into a share of one. */
const Objective = z.string().transform((text, context): number => {
  const digits = /^(\d{1,2}(?:\.\d{1,4})?) ?%$/.exec(text)?.[1];
  const share = Number(digits) / 100;
  if (share > 0) return share;
  addFault(context, {
    message: 'is no percentage that is more than 0% and less than 100%',
    hint: 'write objective: 99.9%',
  });
  return z.NEVER;
});

/** The beginning of links: a URL, or a path of the server that shows the alert. */
const LinkBase = z.string().transform((text, context): string => {
  if (/^(?:https?:\/\/[^\s"{}?#]+|\/[^\s"{}?#]*)$/.test(text)) return text.replace(/\/+$/, '');
  addFault(context, {
    message: 'is not the beginning of a link',
    hint: 'write https://host/path',
  });
  return z.NEVER;
});

/** Whoever knows such a URL can write there; it is meant for the file that is generated. */
const Webhook = z
  .string()
  .refine((text) => /^https?:\/\/[^\s"]+$/.test(text) && URL.canParse(text), {
    message: 'is not a URL',
    params: { hint: 'write https://host/path' },
  });

const JobName = z.string().refine((text) => /^[\w.:-]{1,100}$/.test(text), {
  message: 'is not the name of a job of Prometheus',
  params: { hint: 'write the job_name under which it scrapes the monitor' },
});

/** What the generated rules, and the routes of alerts, are made with. */
export const AlertsConfig = z
  .strictObject({
    job: JobName.default(DEFAULT_INPUT.job),
    scrape_interval: ScrapeInterval.default(DEFAULT_INPUT.scrapeIntervalMs),
    objective: Objective.default(DEFAULT_INPUT.objective),
    stragglers_to_page: z.int().min(1).max(1_000).default(DEFAULT_INPUT.stragglersToPage),
    runbooks: LinkBase.default(DEFAULT_INPUT.runbooks),
    dashboards: LinkBase.default(DEFAULT_INPUT.dashboards),
    /** Where browsers reach the page of the monitor. */
    status_page: LinkBase.optional(),
    /** Read by `check` only, so that the daemon need not be allowed to. */
    alertmanager_file: z.string().min(1).optional(),
    webhooks: z.partialRecord(z.enum(DESTINATIONS), Webhook).default({}),
  })
  .transform(
    (value) =>
      ({
        job: value.job,
        scrapeIntervalMs: value.scrape_interval,
        objective: value.objective,
        stragglersToPage: value.stragglers_to_page,
        runbooks: value.runbooks,
        dashboards: value.dashboards,
        statusPage: value.status_page,
        webhooks: value.webhooks,
        alertmanagerFile: value.alertmanager_file,
      }) satisfies Omit<RulesInput, 'probes'> & {
        webhooks: Webhooks;
        alertmanagerFile: string | undefined;
      },
  );
export type AlertsConfig = z.output<typeof AlertsConfig>;
