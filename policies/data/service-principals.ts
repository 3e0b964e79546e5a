const forms = new Map<string, RegExp>();

/**
 * Whether a service principal is one of a service's: `ecs-tasks.amazonaws.com` of `ecs`, `tasks.apprunner.amazonaws.com` of
 * `apprunner`, `logs.eu-west-1.amazonaws.com` of `logs`.
 *
 * @param principal may be a pattern, as in conditions; then it may be any
 */
export function isPrincipalOf(principal: string, services: readonly string[]): boolean {
  if (principal.includes("*")) return true;
  return services.some((service) => {
    const form = forms.get(service) ?? new RegExp(`(^|\\.)${service.replaceAll(".", "\\.")}[.-]`);
    forms.set(service, form);
    return form.test(principal);
  });
}
