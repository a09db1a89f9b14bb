import type { Command } from 'commander';
import { fromPublicId, toPublicId } from '#kernel';
import { isScope, parseApiKey, SCOPES, type Scope } from '#merchants';
import { CliFailure, EXIT_CODES } from '../cli-failure.js';
import type { Run } from '../command-context.js';

const readMerchantId = (text: string): string => {
  const id = fromPublicId('merchant', text);
  if (!id)
    throw new CliFailure(
      `--merchant: expected an id such as mer_…, found ${text}`,
      EXIT_CODES.usage,
    );
  return id;
};

const readScopes = (texts: readonly string[] | undefined): readonly Scope[] => {
  const wrong = texts?.find((text) => !isScope(text));
  if (wrong !== undefined)
    throw new CliFailure(
      `--scope: expected some of ${SCOPES.join(', ')}; found ${wrong}`,
      EXIT_CODES.usage,
    );
  return texts?.filter(isScope) ?? SCOPES;
};

export const addMerchantCommands = (program: Command, run: Run): void => {
  program
    .command('merchant')
    .description('merchants, in the database of DATABASE_URL')
    .command('create <name>')
    .description('make a merchant')
    .action(
      run((context, name: string) =>
        context.withMerchants(async ({ provisioning }) => {
          const merchant = await provisioning.createMerchant(name);
          const id = toPublicId('merchant', merchant.id);
          return {
            value: { id, name: merchant.name },
            text: `${id}  ${merchant.name}\nIts first key: refrain api-key create --merchant ${id} --name <name>`,
          };
        }),
      ),
    );
};

interface CreateOptions {
  readonly merchant: string;
  readonly name: string;
  readonly scope?: string[];
}

export const addApiKeyCommands = (program: Command, run: Run): void => {
  const apiKey = program
    .command('api-key')
    .description('API keys, in the database of DATABASE_URL');
  apiKey
    .command('create')
    .description('make an API key; it is shown this once')
    .requiredOption('--merchant <id>', 'whose it is: mer_…')
    .requiredOption('--name <name>', 'who uses it, and for what')
    .option('--scope <scope...>', 'what it may do; default: everything')
    .action(run((context, options: CreateOptions) => createApiKey(context, options)));
  apiKey
    .command('revoke <id>')
    .description('end an API key; every process refuses it within 5 s')
    .requiredOption('--merchant <id>', 'whose it is: mer_…')
    .action(
      run((context, id: string, { merchant }: { readonly merchant: string }) =>
        context.withMerchants(async ({ apiKeys }) => {
          const merchantId = readMerchantId(merchant);
          const apiKeyId = fromPublicId('apiKey', id);
          const revoked = apiKeyId && (await apiKeys.revoke(merchantId, apiKeyId));
          if (!revoked) throw new CliFailure(`${merchant} has no API key ${id}`);
          return { value: { id, name: revoked.name, revoked: true }, text: `${id} is revoked` };
        }),
      ),
    );
};

const createApiKey: (
  context: Parameters<Parameters<Run>[0]>[0],
  options: CreateOptions,
) => ReturnType<Parameters<Run>[0]> = (context, { merchant, name, scope }) =>
  context.withMerchants(async ({ provisioning }) => {
    const merchantId = readMerchantId(merchant);
    const scopes = readScopes(scope);
    if (!(await provisioning.findMerchant(merchantId)))
      throw new CliFailure(`--merchant: there is no merchant ${merchant}`);
    const key = await provisioning.createApiKey(merchantId, name, scopes);
    const parts = parseApiKey(key);
    const id = parts && toPublicId('apiKey', parts.apiKeyId);
    return {
      value: { id, name, scopes, key },
      text: `${key}\nIts id is ${id}. Keep the key: it is not shown again.`,
    };
  });
