import type { ReactNode } from 'react';
import styles from './frame.module.css';

/** Names with their values, as a diagnosis lists them. */
export function Facts({ rows }: Readonly<{ rows: readonly (readonly [string, ReactNode])[] }>) {
  return (
    <dl className={styles['facts']}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
