import { useEffect, useRef, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { t } from '../i18n/i18n.ts';
import { usePrinters } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { Button } from './button.tsx';
import controls from './controls.module.css';
import { SelectField } from './fields.tsx';
import { ErrorNotice } from './notices.tsx';

export type Printable = Readonly<{ label: string; digest: string | null }>;

// The printer stays chosen from one citizen to the next.
let lastPrinter = '';

type PrintControlProps = Readonly<{
  items: readonly Printable[];
  doneText: string;
  kind?: 'normal' | 'primary';
  /** Not in a dialog: there the keys of the screen are not heard. */
  hasShortcut?: boolean;
}>;

/** Prints PDFs on the printer of the desk; F9 prints the first. */
export function PrintControl({ items, doneText, kind = 'normal', hasShortcut = true }: PrintControlProps) {
  const bridge = useBridge();
  const printers = usePrinters();
  const [chosen, setChosen] = useState(lastPrinter);
  const [isSent, setIsSent] = useState(false);
  const print = useAction(async (digest: string) => {
    setIsSent(false);
    // A key that comes before the printers are known must not be lost.
    const printer = choosePrinter(await printers.whenKnown(), chosen);
    if (printer === undefined) return;
    await bridge.call('print.document', { digest, printer: printer.name, copies: 1 });
    setIsSent(true);
  });
  const first = items[0]?.digest ?? null;
  const isAsked = useRef(false);
  const { run } = print;
  // Nor one that comes before the paper is made.
  useEffect(() => {
    if (first === null || !isAsked.current) return;
    isAsked.current = false;
    void run(first);
  }, [first, run]);
  const printFirst = () => {
    isAsked.current = items[0]?.digest === null;
    if (first !== null) void run(first);
  };
  useShortcuts({ F9: printFirst }, hasShortcut);
  return (
    <div className={controls['field']}>
      <div className={controls['buttonRow']}>
        {items.map(({ label, digest }, index) => (
          <Button
            key={label}
            kind={index === 0 ? kind : 'normal'}
            {...(index === 0 && hasShortcut ? { shortcut: 'F9' } : {})}
            onPress={() => (digest === null ? undefined : void run(digest))}
            isDisabled={digest === null || printers.known?.length === 0}
            isPending={print.isRunning}
          >
            {label}
          </Button>
        ))}
      </div>
      {printers.known?.length === 0 ? <p className={controls['hint']}>{t('print.none')}</p> : null}
      {printers.known !== null && printers.known.length > 1 ? (
        <SelectField
          label={t('print.printer')}
          value={choosePrinter(printers.known, chosen)?.name ?? ''}
          options={printers.known.map(({ name, description }) => ({
            value: name,
            text: description === '' ? name : description,
          }))}
          onChange={(name) => {
            lastPrinter = name;
            setChosen(name);
          }}
        />
      ) : null}
      <ErrorNotice error={print.error} />
      {isSent ? (
        <p role="status" className={`${controls['hint'] ?? ''} ${controls['good'] ?? ''}`}>
          ✓ {doneText}
        </p>
      ) : null}
    </div>
  );
}

type Printer = Readonly<{ name: string; isDefault: boolean }>;

function choosePrinter<Known extends Printer>(known: readonly Known[], chosen: string): Known | undefined {
  return known.find(({ name }) => name === chosen) ?? known.find(({ isDefault }) => isDefault) ?? known[0];
}
