export const PROJECT_PAGE_SIZE = 50;

export const projectKeys = {
  all: ["projects"] as const,
  list: () => [...projectKeys.all, "list"] as const,
  one: (id: string) => [...projectKeys.all, id] as const,
};
