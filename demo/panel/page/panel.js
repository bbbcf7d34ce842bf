const cards = {
  officer: 'la de Ana García, en el lector',
  secondOfficer: 'la de Luis Pérez, en el lector',
};
const faults = { jam: 'atascado', coverOpen: 'tapa abierta', noDocuments: 'sin papel', unplugged: 'desenchufado' };
const authorities = {
  ok: '',
  down: 'sellado caído',
  slow: 'sellado muy lento',
  error500: 'sellado con errores',
  garbage: 'sellado con errores',
};

const message = document.querySelector('#message');
const buttons = [...document.querySelectorAll('button[data-action]')];
let isBusy = false;

for (const button of buttons) button.addEventListener('click', () => void act(button));
showHints(await ask('api/hints'));
for (;;) {
  if (!isBusy) await refresh();
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

async function act(button) {
  if (isBusy) return;
  isBusy = true;
  button.setAttribute('aria-busy', 'true');
  try {
    show(
      await ask(`api/${button.dataset.action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ value: button.dataset.value }),
      }),
    );
    message.textContent = '';
  } catch (error) {
    message.textContent = error.message;
  } finally {
    isBusy = false;
    button.removeAttribute('aria-busy');
  }
}

async function refresh() {
  try {
    show(await ask('api/state'));
    if (message.dataset.lost) message.textContent = '';
    delete message.dataset.lost;
  } catch {
    message.dataset.lost = 'true';
    message.textContent = 'La demostración se ha cerrado. Ábrala otra vez con npm start.';
  }
}

async function ask(address, request) {
  const response = await fetch(address, request);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function show(state) {
  setState('card', cards[state.card] ?? 'ninguna', false);
  setState('citizenCard', state.isCitizenCardIn ? 'tarjeta dentro' : 'vacío', false);
  const standIns = document.querySelector('#stand-ins');
  standIns.hidden = state.standIns.length === 0;
  standIns.textContent = state.standIns.join(' ');
  const pages = state.feederPages === 1 ? '1 cara en el alimentador' : `${state.feederPages} caras en el alimentador`;
  setState('scanner', faults[state.scannerFault] ?? pages, state.scannerFault !== 'none');
  const line = state.line === 'up' ? 'con línea' : 'cortada';
  const authority = authorities[state.timestampAuthority];
  setState('line', authority ? `${line} · ${authority}` : line, state.line !== 'up' || authority !== '');
  const pressed = {
    insertCard: state.card,
    setScannerFault: state.scannerFault,
    setLine: state.line,
    setTimestampAuthority: state.timestampAuthority,
  };
  for (const button of buttons) {
    const { action, value } = button.dataset;
    if (action in pressed) button.setAttribute('aria-pressed', String(pressed[action] === value));
    if (action === 'removeCard') button.disabled = state.card === null;
  }
}

function setState(name, text, isAlarm) {
  const output = document.querySelector(`output[data-state="${name}"]`);
  if (output.textContent !== text) output.textContent = text;
  output.classList.toggle('alarm', isAlarm);
}

function showHints(hints) {
  const list = document.querySelector('#hints dl');
  for (const { title, value } of hints) {
    const term = document.createElement('dt');
    term.textContent = title;
    const description = document.createElement('dd');
    description.textContent = value;
    list.append(term, description);
  }
  document.querySelector('#hints').hidden = hints.length === 0;
}
