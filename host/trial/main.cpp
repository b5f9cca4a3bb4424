// modelhost-trial: opens one plugin so that the host need not be the first to do it. Not for people.
#include "loader/trial_child.h"

int main(int argc, char** argv) {
  modelhost::host::run_trial_child(argc, argv);
}
