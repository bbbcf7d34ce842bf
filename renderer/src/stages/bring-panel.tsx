import { useEffect, useRef, useState } from 'react';
import type { DocumentRole } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { SelectField } from '../components/fields.tsx';
import { FileCheckProgress } from '../components/file-check-progress.tsx';
import { FileFacts } from '../components/file-facts.tsx';
import { FilePicker, focusFilePicker } from '../components/file-picker.tsx';
import { RefusalPanel } from '../components/refusal-panel.tsx';
import { VerdictLine } from '../components/verdict-line.tsx';
import { VerificationButton } from '../components/verification-dialog.tsx';
import styles from '../components/verification.module.css';
import { codes, t } from '../i18n/i18n.ts';
import { refusalSentences } from '../i18n/verification-sentences.ts';
import { changeCheck, completeCheck, forgetCheck, removeCheck, useFileChecks } from '../state/file-checks.ts';
import type { FileCheck } from '../state/file-checks.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useEveryAction } from '../state/use-action.ts';
import { useAttentionWork } from './attention-context.tsx';

type Role = Exclude<DocumentRole, 'consent'>;

const roleOptions = [
  { value: 'application' as const, text: codes.documentRole.application },
  { value: 'annex' as const, text: codes.documentRole.annex },
];

/** Files that were chosen and wait for the officer's word: what each is, what its signatures are worth, what it serves as. */
export function BringPanel() {
  const bridge = useBridge();
  const { attention, form, change } = useAttentionWork();
  const checks = useFileChecks(attention.attentionId);
  const [chosenRoles, setChosenRoles] = useState<Readonly<Record<string, Role>>>({});
  const panel = useRef<HTMLElement>(null);
  useFocusWhenReady(panel, checks);
  const mayBeApplication = form.route === 'broughtSigned';
  const roles = assignRoles(
    checks,
    chosenRoles,
    mayBeApplication && !attention.documents.some(({ role }) => role === 'application'),
  );
  const ready = checks.filter((check) => canBring(check, roles[check.id] ?? 'annex'));
  const bring = useEveryAction(async (wanted: readonly FileCheck[]) => {
    for (const { id, name, file, signature } of wanted) {
      if (file === null) continue;
      try {
        await change(() =>
          bridge.call('documents.bring', {
            attentionId: attention.attentionId,
            digest: file.digest,
            signatureDigest: signature?.file?.digest ?? null,
            role: roles[id] ?? 'annex',
            title: titleOf(name),
          }),
        );
        forgetCheck(id);
        focusBrought(file.digest);
      } catch (error) {
        changeCheck(id, { error: toAppError(error) });
      }
    }
  });
  if (checks.length === 0) return null;
  return (
    <section ref={panel} className={styles['list']} aria-label={t('brought.pending')}>
      {checks.map((check) => (
        <PendingFile
          key={check.id}
          check={check}
          role={roles[check.id] ?? 'annex'}
          mayBeApplication={mayBeApplication}
          isFirst={check.id === ready[0]?.id}
          isBringing={bring.isRunning}
          onRole={(role) => setChosenRoles({ ...chosenRoles, [check.id]: role })}
          onBring={() => void bring.run([check])}
        />
      ))}
      {ready.length < 2 ? null : (
        <div>
          <Button onPress={() => void bring.run(ready)} isPending={bring.isRunning}>
            {t('brought.bringAll', { count: ready.length })}
          </Button>
        </div>
      )}
    </section>
  );
}

type PendingFileProps = Readonly<{
  check: FileCheck;
  role: Role;
  mayBeApplication: boolean;
  isFirst: boolean;
  isBringing: boolean;
  onRole: (role: Role) => void;
  onBring: () => void;
}>;

function PendingFile({ check, role, mayBeApplication, isFirst, isBringing, onRole, onBring }: PendingFileProps) {
  const bridge = useBridge();
  const { id, name, file, signature, verification, refusal } = check;
  const grounds = groundsOf(check, role);
  const label = t('brought.file', { name });
  const isDone = check.state === 'done';
  const signatureRefusal = signature?.file?.refusal ?? null;
  const roleField =
    mayBeApplication && isDone && file?.refusal === null && refusal === null ? (
      <div>
        <SelectField<Role> label={t('papers.role')} value={role} options={roleOptions} onChange={onRole} />
      </div>
    ) : null;
  // Its buttons go away with it: the next file is chosen with the one that stays.
  const leave = (work: () => void) => () => {
    work();
    focusFilePicker();
  };
  const discard = (
    <Button onPress={leave(() => removeCheck(bridge, id))} isDisabled={isBringing}>
      {t('brought.discard')}
    </Button>
  );
  return (
    <div role="group" aria-label={label} className={grounds === null ? styles['panel'] : styles['refused']}>
      <p className={styles['name']}>{grounds === null ? name : t('refusal.title', { name })}</p>
      {file === null ? null : <FileFacts file={file} signatureName={signature?.name ?? null} />}
      <FileCheckProgress check={check} />
      {verification === null || grounds !== null ? null : <VerdictLine verification={verification} />}
      {signatureRefusal === null ? null : (
        <p>{t('brought.signatureRefused', { reason: refusalSentences[signatureRefusal].reason })}</p>
      )}
      {isDone && grounds === null ? <RoleNote check={check} role={role} mayBeApplication={mayBeApplication} /> : null}
      {grounds === null ? (
        <div className={styles['row']}>
          {roleField}
          {canBring(check, role) ? (
            <span data-ready="">
              <Button kind={isFirst ? 'primary' : 'normal'} onPress={onBring} isPending={isBringing}>
                {t('brought.bring')}
              </Button>
            </span>
          ) : null}
          {verification === null ? null : (
            <VerificationButton isSmall={false} title={name} verification={verification} />
          )}
          {isDone && signature === null ? <CompletionButton check={check} /> : null}
          {isDone || check.state === 'failed' ? discard : null}
        </div>
      ) : (
        <RefusalPanel check={check} grounds={grounds} onDone={leave(() => forgetCheck(id))}>
          {roleField}
          {verification === null ? null : (
            <VerificationButton isSmall={false} title={name} verification={verification} />
          )}
          {discard}
        </RefusalPanel>
      )}
    </div>
  );
}

function RoleNote({
  check: { verification },
  role,
  mayBeApplication,
}: Readonly<{ check: FileCheck; role: Role; mayBeApplication: boolean }>) {
  if (role === 'application' && verification?.verdict === 'no-signature')
    return <p>{t('brought.unsignedApplication')}</p>;
  if (verification?.verdict === 'failed') return <p className={styles['soft']}>{t('brought.annexFailed')}</p>;
  return mayBeApplication ? null : <p className={styles['soft']}>{t('brought.onlyAnnex')}</p>;
}

/** A signature that came alone asks for what it signs; what is not signed may have its signature in another file. */
function CompletionButton({ check: { id, verification } }: Readonly<{ check: FileCheck }>) {
  const bridge = useBridge();
  if (verification === null) return null;
  const lacksData = verification.reasons.includes('signedDataMissing');
  if (!lacksData && verification.verdict !== 'no-signature') return null;
  return (
    <FilePicker
      isSingle
      label={t(lacksData ? 'brought.addData' : 'brought.addSignature')}
      onFiles={([added]) =>
        added === undefined ? undefined : completeCheck(bridge, id, lacksData ? 'data' : 'signature', added)
      }
    />
  );
}

/** Why it is not admitted: what it is, or as application what its signature is worth (art. 70). */
function groundsOf({ state, file, verification, refusal }: FileCheck, role: Role) {
  if (refusal !== null) return refusal.grounds;
  if (state !== 'done') return null;
  if (file !== null && file.refusal !== null) return file.refusal;
  return role === 'application' && verification?.verdict === 'failed' ? 'signatureFailed' : null;
}

function canBring(check: FileCheck, role: Role): boolean {
  const { state, verification, refusal } = check;
  if (state !== 'done' || verification === null || refusal !== null || groundsOf(check, role) !== null) return false;
  return role === 'annex' || verification.verdict !== 'no-signature';
}

/** As the officer said; otherwise the first signed file is the application that is missing, and the rest are annexes. */
function assignRoles(
  checks: readonly FileCheck[],
  chosen: Readonly<Record<string, Role>>,
  needsApplication: boolean,
): Readonly<Record<string, Role>> {
  const isTaken = checks.some(({ id }) => chosen[id] === 'application');
  const first =
    needsApplication && !isTaken
      ? checks.find(
          ({ id, verification }) =>
            chosen[id] === undefined && verification !== null && verification.verdict !== 'no-signature',
        )
      : undefined;
  return Object.fromEntries(
    checks.map(({ id }) => [id, chosen[id] ?? (id === first?.id ? 'application' : 'annex')] as const),
  );
}

function titleOf(name: string): string {
  const stem = name
    .replace(/\.[^.]*$/u, '')
    .replaceAll(/[_-]+/gu, ' ')
    .trim();
  const said = stem === '' ? name : stem;
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`.slice(0, 80);
}

/** What is ready takes the focus, unless the officer is writing meanwhile. */
function useFocusWhenReady(panel: Readonly<{ current: HTMLElement | null }>, checks: readonly FileCheck[]): void {
  const settled = checks.filter(({ state }) => state === 'done' || state === 'failed').length;
  const isIdle = settled === checks.length && settled > 0;
  const previous = useRef(isIdle);
  useEffect(() => {
    const hasSettled = isIdle && !previous.current;
    previous.current = isIdle;
    const writes = document.activeElement?.matches('input, textarea, select') === true;
    if (hasSettled && !writes)
      panel.current?.querySelector<HTMLElement>('[data-ready] button, [role=group] button')?.focus();
  }, [isIdle, panel]);
}

/** Its title is the next thing to look at, and Enter there goes on. */
function focusBrought(digest: string): void {
  setTimeout(() => document.querySelector<HTMLElement>(`[data-brought="${CSS.escape(digest)}"] input`)?.focus(), 50);
}
