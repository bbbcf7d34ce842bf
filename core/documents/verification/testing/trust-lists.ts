/** A state of a service and since when, ISO 8601. */
export type ServiceState = Readonly<{ status: string; from: string }>;

export type ListRequest = Readonly<{
  /** The end of its URI. */
  type?: string;
  /** The present one first. */
  states?: readonly ServiceState[];
  sequenceNumber?: number;
  territory?: string;
  nextUpdate?: Date;
  /** Ends of the URIs of its uses, such as ForeSignatures. */
  uses?: readonly string[];
  /** Digital identities instead of the certificate. */
  identities?: string;
  /** Elements in the scheme information, and after the list of providers. */
  scheme?: string;
  after?: string;
  /** So many services before it, of the same certificate and withdrawn. */
  others?: number;
}>;

export const granted: ServiceState = { status: 'granted', from: '2016-07-01T00:00:00Z' };
export const withdrawn: ServiceState = { status: 'withdrawn', from: '2020-01-01T00:00:00Z' };

/** An unsigned trust list (ETSI TS 119 612) with one service of this certificate. */
export function makeList(certificate: Buffer, request: ListRequest = {}): string {
  const { sequenceNumber = 7, territory = 'ES', nextUpdate, others = 0 } = request;
  const scheme = [
    `<TSLSequenceNumber>${sequenceNumber}</TSLSequenceNumber>`,
    '<SchemeOperatorName><Name xml:lang="es">Ministerio de pruebas</Name></SchemeOperatorName>',
    `<SchemeTerritory>${territory}</SchemeTerritory>`,
    request.scheme ?? '',
    nextUpdate === undefined ? '' : `<NextUpdate><dateTime>${nextUpdate.toISOString()}</dateTime></NextUpdate>`,
  ].join('');
  const services = [
    describeService(certificate, { ...request, states: [withdrawn] }).repeat(others),
    describeService(certificate, request),
  ].join('');
  return [
    '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="lista">',
    `<SchemeInformation>${scheme}</SchemeInformation>`,
    describeProviders(services),
    request.after ?? '',
    '</TrustServiceStatusList>',
  ].join('');
}

/** The list of providers with one that has these services. */
export function describeProviders(services: string): string {
  const provider = `<TrustServiceProvider><TSPServices>${services}</TSPServices></TrustServiceProvider>`;
  return `<TrustServiceProviderList>${provider}</TrustServiceProviderList>`;
}

/** One service as a list tells it. */
export function describeService(certificate: Buffer, request: ListRequest = {}): string {
  const { type = 'CA/QC', states = [granted], uses = [] } = request;
  const [current = granted, ...history] = states;
  const identities = request.identities ?? describeCertificate(certificate);
  const typed = `<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/${type}</ServiceTypeIdentifier>`;
  const extensions = uses.map(
    (use) =>
      `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/${use}</URI></AdditionalServiceInformation></Extension>`,
  );
  return [
    `<TSPService><ServiceInformation>${typed}`,
    `<ServiceDigitalIdentity>${identities}</ServiceDigitalIdentity>${describeState(current)}`,
    `<ServiceInformationExtensions>${extensions.join('')}</ServiceInformationExtensions></ServiceInformation>`,
    `<ServiceHistory>${history.map((state) => `<ServiceHistoryInstance>${typed}${describeState(state)}</ServiceHistoryInstance>`).join('')}</ServiceHistory>`,
    '</TSPService>',
  ].join('');
}

export function describeCertificate(certificate: Buffer): string {
  return `<DigitalId><X509Certificate>${certificate.toString('base64')}</X509Certificate></DigitalId>`;
}

function describeState({ status, from }: ServiceState): string {
  return [
    `<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/${status}</ServiceStatus>`,
    `<StatusStartingTime>${from}</StatusStartingTime>`,
  ].join('');
}
