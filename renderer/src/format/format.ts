const timeZone = 'Europe/Madrid';
const clockFormat = new Intl.DateTimeFormat('es-ES', {
  timeZone,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dateTimeFormat = new Intl.DateTimeFormat('es-ES', {
  timeZone,
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const shortTimeFormat = new Intl.DateTimeFormat('es-ES', { timeZone, hour: '2-digit', minute: '2-digit' });
const dateFormat = new Intl.DateTimeFormat('es-ES', { timeZone, day: 'numeric', month: 'long', year: 'numeric' });
const isoDateFormat = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
const numberFormat = new Intl.NumberFormat('es-ES', { maximumFractionDigits: 1 });

/** Official peninsular time of an instant: `10:42:07`. */
export function formatClock(instant: number): string {
  return clockFormat.format(instant);
}

export function formatTime(instant: string): string {
  return shortTimeFormat.format(new Date(instant));
}

export function formatDateTime(instant: string): string {
  return dateTimeFormat.format(new Date(instant)).replace(',', '');
}

export function formatDate(instant: string): string {
  return dateFormat.format(new Date(instant));
}

/** `2026-11-22`, the day in the peninsula. */
export function toIsoDate(instant: string): string {
  return isoDateFormat.format(new Date(instant));
}

export function formatNumber(value: number): string {
  return numberFormat.format(value);
}

/** First and last characters of a digest; the whole of it is shown on demand. */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 8)}…${digest.slice(-4)}`;
}

/** «Oficina de Asistencia en Materia de Registros - Centro» → «Oficina Centro»: what fits in a title bar. */
export function shortOfficeName(name: string): string {
  const place = /^Oficina de Asistencia en Materia de Registros\s*[-–·:]\s*(?<place>.+)$/iu.exec(name)?.groups?.[
    'place'
  ];
  return place === undefined ? name : `Oficina ${place}`;
}
