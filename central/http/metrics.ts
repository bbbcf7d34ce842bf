/** Counters in the text format of Prometheus. */
const counters = {
  ventanilla_http_requests_total: 'Requests by route, method and status.',
  ventanilla_entries_accepted_total: 'Journal entries accepted for the first time.',
  ventanilla_entries_replayed_total: 'Journal entries acknowledged again.',
  ventanilla_entries_given_back_total: 'Entries given back to the desk that wrote them.',
  ventanilla_entries_quarantined_total: 'Accepted entries that break a rule.',
  ventanilla_series_gaps_total: 'Requests answered with the cursor.',
  ventanilla_series_forks_total: 'Series halted because a desk told two stories.',
  ventanilla_blobs_completed_total: 'Files received whole.',
  ventanilla_blob_bytes_total: 'Bytes of files received.',
  ventanilla_blob_bytes_given_back_total: 'Bytes of files given back to their office.',
  ventanilla_blobs_damaged_total: 'Uploads whose SHA-256 did not fit.',
  ventanilla_stored_damaged_total: 'Stored texts and files that do not open: altered or moved.',
  ventanilla_reference_refusals_total: 'Versions of reference data that a desk did not take.',
  ventanilla_receipts_sealed_total: 'Signatures made with the seal of the centre.',
  ventanilla_audit_checkpoints_total: 'Heads of audit chains countersigned.',
  ventanilla_audit_branches_total: 'Audit chains that went back behind a countersigned head.',
  ventanilla_feed_items_total: 'Entries given to back-office systems.',
  ventanilla_exchange_messages_total: 'Messages of SICRES 4, by direction and kind.',
  ventanilla_exchange_quarantined_total: 'Messages of SICRES 4 that could not be taken.',
  ventanilla_exchange_labels_wrong_total: 'Annexes whose digest is right and called by the name of another algorithm.',
  ventanilla_enrolments_total: 'Desks enrolled.',
  ventanilla_requests_refused_total: 'Refused requests by code.',
  ventanilla_verifications_total: 'Codes asked for at the public page, by result.',
} as const;

type CounterName = keyof typeof counters;
type Labels = Readonly<Record<string, string>>;

export type Metrics = Readonly<{
  count(name: CounterName, labels?: Labels, amount?: number): void;
  write(): string;
}>;

export function createMetrics(): Metrics {
  const values = new Map<CounterName, Map<string, number>>();
  return {
    count(name, labels = {}, amount = 1) {
      const series = values.get(name) ?? new Map<string, number>();
      values.set(name, series);
      const key = writeLabels(labels);
      series.set(key, (series.get(key) ?? 0) + amount);
    },
    write() {
      const lines = Object.entries(counters).flatMap(([name, help]) => {
        const series = [...(values.get(name as CounterName) ?? new Map([['', 0]]))];
        return [
          `# HELP ${name} ${help}`,
          `# TYPE ${name} counter`,
          ...series.map(([labels, value]) => `${name}${labels} ${value}`),
        ];
      });
      return `${lines.join('\n')}\n`;
    },
  };
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
