import { useEffect, useRef, useState } from 'react';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { Button } from './button.tsx';

type FilePickerProps = Readonly<{
  label: string;
  /** The spoken name, where the text alone does not tell one from another. */
  spokenLabel?: string;
  onFiles: (files: readonly File[]) => void;
  kind?: 'normal' | 'primary';
  shortcut?: string;
  isSmall?: boolean;
  isSingle?: boolean;
}>;

/** A button that lets the officer choose files; the system's own dialog does the rest. */
export function FilePicker({
  label,
  spokenLabel,
  onFiles,
  kind = 'normal',
  shortcut,
  isSmall = false,
  isSingle = false,
}: FilePickerProps) {
  const input = useRef<HTMLInputElement>(null);
  const choose = () => input.current?.click();
  useShortcuts(shortcut === undefined ? {} : { [shortcut]: choose });
  return (
    <>
      <Button
        kind={kind}
        isSmall={isSmall}
        onPress={choose}
        {...(shortcut === undefined ? {} : { shortcut })}
        {...(spokenLabel === undefined ? {} : { label: spokenLabel })}
      >
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple={!isSingle}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same file may be chosen again.
          currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}

/** Files dropped anywhere in the window while this is on the screen. True: some are held over it. */
export function useFileDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const onDragOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      // Otherwise the browser would open the file instead.
      event.preventDefault();
      setIsOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setIsOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) latest.current(files);
    };
    document.addEventListener('dragover', onDragOver);
    document.addEventListener('dragleave', onDragLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('dragover', onDragOver);
      document.removeEventListener('dragleave', onDragLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, []);
  return isOver;
}

/** To the button that chooses files, when those of the last one went away; after the key that was pressed is let go. */
export function focusFilePicker(): void {
  setTimeout(() => document.querySelector<HTMLElement>('[data-choose-file] button')?.focus(), 50);
}
