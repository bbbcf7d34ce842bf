/** Published: the demonstration's window shows them in its banner. */
export const demonstrationPassphrase = 'demostracion de ventanilla';
export const demonstrationPin = '123456';
